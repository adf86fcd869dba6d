import type { SecretStorage } from "vscode";

export interface Secrets {
  get(name: string): Promise<string | null>;
  /** In the editor's storage, whatever the environment says. */
  stored(name: string): Promise<boolean>;
  set(name: string, value: string): Promise<void>;
  clear(name: string): Promise<void>;
}

const allowedName = /^[A-Z][A-Z0-9_]{1,60}_(?:API_KEY|AUTH_TOKEN)$/;

/** The stored key first, the one of the environment otherwise; only names that are keys of model providers. */
export function createSecrets(storage: SecretStorage, environment: NodeJS.ProcessEnv, hide: (value: string) => void): Secrets {
  return {
    get: async (name) => {
      if (!allowedName.test(name)) return null;
      const value = (await storage.get(storageKey(name))) ?? environment[name];
      if (!value) return null;
      hide(value);
      return value;
    },
    stored: async (name) => (await storage.get(storageKey(name))) !== undefined,
    set: async (name, value) => {
      hide(value);
      await storage.store(storageKey(name), value);
    },
    clear: async (name) => storage.delete(storageKey(name)),
  };
}

/** Says what is wrong with a pasted key, or nothing. */
export function keyProblem(value: string): string | undefined {
  const key = value.trim();
  if (key === "") return "Paste your key here.";
  if (/\s/.test(key)) return "A key has no blanks or line breaks: only a part of it or too much was pasted.";
  if (!/^[\x21-\x7e]+$/.test(key)) return "A key has only plain letters, digits and signs.";
  if (key.length < 20 || key.length > 500)
    return `This has ${key.length} characters; a key is longer than 20 and shorter than 500.`;
  return undefined;
}

const storageKey = (name: string): string => `stride.secret.${name}`;
