/** For the TypeScript in `test`, which is checked; the scripts of this folder are plain JavaScript. */
export const ROOT: string;
export const HOST_DIR: string;
export function hostNode(dir: string): string;
