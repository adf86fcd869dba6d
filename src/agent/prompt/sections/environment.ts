export interface Environment {
  cwd: string;
  roots: readonly string[];
  platform: string;
  shell: string;
  /** Day precision: a clock in the prompt would break the cache with every request. */
  date: string;
  editor: string;
}

export function environmentSection(environment: Environment): string {
  const more = environment.roots.filter((root) => root !== environment.cwd);
  return [
    "# Environment",
    `Working folder: ${environment.cwd}`,
    ...(more.length > 0 ? [`Further folders: ${more.join(", ")}`] : []),
    `Platform: ${environment.platform}, shell: ${environment.shell}, ${environment.editor}`,
    `Date: ${environment.date}`,
  ].join("\n");
}
