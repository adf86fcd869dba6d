const secretName =
  /(?:^|_)(?:key|token|secret|password|passwd|pwd|credential|credentials|auth)(?:$|_)|apikey|accesskey|privatekey|secret/i;

/** The worker and all it starts run without the keys of the user's shell; it asks for the one it needs. */
export function withoutSecrets(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(environment).filter(([name, value]) => value !== undefined && !secretName.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}
