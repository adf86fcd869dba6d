import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { codeOf, problem, StrideError } from "../../shared/errors";

/**
 * "Don't ask again": the one file of theirs that is written, as its users expect. Read, add, write whole and
 * rename; a file that is not understood is left alone and said so.
 */
export function saveLocalRules(file: string, rules: readonly string[]): void {
  const settings = readObject(file);
  const permissions = objectOf(settings["permissions"], file);
  const allow = permissions["allow"] ?? [];
  if (!Array.isArray(allow)) throw notUnderstood(file);
  settings["permissions"] = { ...permissions, allow: [...allow, ...rules.filter((rule) => !allow.includes(rule))] };
  writeWhole(file, `${JSON.stringify(settings, null, 2)}\n`);
}

function readObject(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return {};
    throw error;
  }
  try {
    return objectOf(JSON.parse(text), file);
  } catch {
    throw notUnderstood(file);
  }
}

function objectOf(value: unknown, file: string): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw notUnderstood(file);
  return { ...value };
}

const notUnderstood = (file: string): StrideError =>
  new StrideError(
    problem(
      "settings",
      `${file} is not valid, so the rule was not written.`,
      "Correct the file; until then the rule holds for this session.",
    ),
  );

function writeWhole(file: string, text: string): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `.${randomBytes(8).toString("hex")}.tmp`);
  const fd = openSync(temporary, "wx", 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
