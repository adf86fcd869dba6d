import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import manifest from "../package.json";
import { settings } from "../src/host/settings";
import type { Setting } from "../src/host/settings";

interface Contributes {
  commands?: { command: string; title?: string; category?: string; icon?: string | { light: string; dark: string } }[];
  keybindings?: { command: string; key: string }[];
  menus?: Record<string, { command?: string; submenu?: string; when?: string }[]>;
  configuration?: Section | Section[];
  walkthroughs?: {
    steps: { id: string; description: string; media: { image?: string | object; svg?: string; markdown?: string } }[];
  }[];
  views?: Record<string, { id: string }[]>;
  viewsContainers?: Record<string, { id: string; icon: string }[]>;
}
type Section = {
  properties: Record<string, { default?: unknown; scope?: string; description?: string; markdownDescription?: string }>;
};

const ROOT = join(import.meta.dirname, "..");
const contributes = manifest.contributes as Contributes;
const commandIds = (contributes.commands ?? []).map(({ command }) => command);
const properties = Object.assign(
  {},
  ...[contributes.configuration ?? []].flat().map((section) => section.properties),
) as Section["properties"];
const known = settings as Record<string, Setting<unknown>>;

test("package.json has exactly the settings of src/host/settings.ts", () => {
  expect(Object.keys(properties).sort()).toEqual(
    Object.keys(known)
      .map((key) => `stride.${key}`)
      .sort(),
  );
});

test("each setting has the default of the code, a description and a scope", () => {
  for (const [key, setting] of Object.entries(known)) {
    const shown = properties[`stride.${key}`];
    expect({ key, default: setting.parse(shown?.default ?? undefined) }).toEqual({ key, default: setting.default });
    expect(shown?.markdownDescription ?? shown?.description, key).toBeTruthy();
  }
});

test("package.json has exactly the commands of src/host/commands", () => {
  expect([...commandIds].sort()).toEqual(keysOfRecord("src/host/commands/index.ts", "commands").map(withPrefix).sort());
});

test("each command can be read in the palette and used only if it exists", () => {
  for (const { command, title, category } of contributes.commands ?? [])
    expect({ command, title, category }).toMatchObject({ title: expect.stringMatching(/\S/), category: "Stride" });
  const used = [...(contributes.keybindings ?? []), ...Object.values(contributes.menus ?? {}).flat()].flatMap(
    ({ command }) => command ?? [],
  );
  expect(used.filter((command) => command.startsWith("stride.") && !commandIds.includes(command))).toEqual([]);
});

test("what the walkthrough links to exists", () => {
  const links = [...JSON.stringify(contributes.walkthroughs ?? []).matchAll(/command:(stride\.[\w.]+)/g)].map(
    (match) => match[1]!,
  );
  expect(links.filter((command) => !commandIds.includes(command) && !isFocusCommand(command))).toEqual([]);
});

test("every picture and page that is named is there", () => {
  const named = [manifest.icon, ...JSON.stringify(contributes).matchAll(/"((?:\.\/)?media\/[^"]+)"/g)].map((one) =>
    typeof one === "string" ? one : one[1]!,
  );
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("the view has a place", () => {
  const containers = Object.values(contributes.viewsContainers ?? {})
    .flat()
    .map(({ id }) => id);
  expect(containers).toContain("stride");
  expect(Object.keys(contributes.views ?? {}).filter((container) => container.startsWith("stride"))).not.toEqual([]);
});

const withPrefix = (id: string): string => (id.startsWith("stride.") ? id : `stride.${id}`);

/** VS Code makes `VIEW.focus` by itself. */
const isFocusCommand = (command: string): boolean =>
  Object.values(contributes.views ?? {})
    .flat()
    .some(({ id }) => command === `${id}.focus`);

/** Keys of an exported object, read from the source: the file itself needs the editor to run. */
function keysOfRecord(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.Latest, true);
  const declared = source.statements.flatMap((one) => (ts.isVariableStatement(one) ? [...one.declarationList.declarations] : []));
  let value = declared.find((one) => one.name.getText() === name)?.initializer;
  while (value && (ts.isSatisfiesExpression(value) || ts.isAsExpression(value))) value = value.expression;
  if (!value || !ts.isObjectLiteralExpression(value)) throw new Error(`${file} has no record "${name}"`);
  return value.properties.map((property) => {
    const key = property.name;
    if (!key || ts.isComputedPropertyName(key)) throw new Error(`${file}: a key of "${name}" is not written out`);
    return ts.isStringLiteral(key) ? key.text : key.getText();
  });
}
