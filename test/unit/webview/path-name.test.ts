import { expect, test } from "vitest";
import type { ResolvedTarget } from "../../../src/shared/protocol/permission";
import { pathName, shortName, titleOf, withPathNames } from "../../../webview-ui/parts/path-name";

const roots = ["/home/me/tea-shop"];
const target = (path: string, more: Partial<ResolvedTarget> = {}): ResolvedTarget => ({
  path,
  resolved: path,
  op: "write",
  ...more,
});

test("a file of the open folder is named from there, everything else keeps its whole path", () => {
  const check = (path: string, expected: string, open = roots): void => expect(pathName(path, open), path).toBe(expected);
  check("/home/me/tea-shop/src/price.js", "src/price.js");
  check("/home/me/tea-shop/.env", ".env");
  check("/home/me/tea-shop", "tea-shop/");
  check("/home/me/tea-shop-2/src/price.js", "/home/me/tea-shop-2/src/price.js");
  check("/home/me/other/price.js", "/home/me/other/price.js");
  check("/etc/passwd", "/etc/passwd");
  check("src/price.js", "src/price.js");
  check("/home/me/tea-shop/src/price.js", "/home/me/tea-shop/src/price.js", []);
  check("/w/a.js", "w/a.js", ["/v", "/w"]);
  check("c:\\work\\shop\\src\\price.js", "src\\price.js", ["c:\\work\\shop"]);
});

test("in a row a long way is cut at its beginning, but only inside the folder", () => {
  const check = (path: string, expected: string): void => expect(shortName(path, roots), path).toBe(expected);
  check("/home/me/tea-shop/src/deep/price.js", "src/deep/price.js");
  check("/home/me/tea-shop/packages/shop/src/price.js", "…/src/price.js");
  check("/home/me/other/packages/shop/src/price.js", "/home/me/other/packages/shop/src/price.js");
});

test("a name inside the folder that would read like a place elsewhere is not shortened", () => {
  const check = (rest: string): void => expect(pathName(`/home/me/tea-shop/${rest}`, roots)).toBe(`/home/me/tea-shop/${rest}`);
  check("../other/price.js");
  check("src/../../other/price.js");
  check("~/.bashrc");
  check("/etc/passwd");
  check(" /etc/passwd");
  check("C:/Windows/system.ini");
});

test("a sentence names its targets as they are named elsewhere, and nothing but them", () => {
  const check = (text: string, targets: ResolvedTarget[], expected: string): void =>
    expect(withPathNames(text, targets, roots)).toBe(expected);
  const price = target("/home/me/tea-shop/src/price.js");
  check("changing /home/me/tea-shop/src/price.js", [price], "changing src/price.js");
  check("changing /home/me/tea-shop/src/price.js: protected", [price], "changing src/price.js: protected");
  check("reading /home/me/tea-shop/src/price.js.bak", [price], "reading /home/me/tea-shop/src/price.js.bak");
  check("reading /home/me/tea-shop/src", [target("/home/me/tea-shop"), target("/home/me/tea-shop/src")], "reading src");
  check("reading /backup/home/me/tea-shop/src/price.js", [price], "reading /backup/home/me/tea-shop/src/price.js");
  check("changing /etc/hosts: outside", [target("/etc/hosts", { outside: true })], "changing /etc/hosts: outside");
});

test("what a link leads to stays whole, on both sides", () => {
  const link = target("/home/me/tea-shop/link", { resolved: "/home/me/secret/.env", symlink: true, outside: true });
  const inside = target("/home/me/tea-shop/link", { resolved: "/home/me/tea-shop/src/a.js", symlink: true });
  for (const one of [link, inside]) {
    const text = `changing ${one.path} → ${one.resolved}: the link`;
    expect(withPathNames(text, [one], roots)).toBe(text);
  }
});

test("a title says where the file lies; a command is never touched", () => {
  const check = (title: string, input: Record<string, unknown> | null, expected: string): void =>
    expect(titleOf(title, input, roots)).toBe(expected);
  check("Read src/price.js", { file_path: "/home/me/tea-shop/packages/shop/src/price.js" }, "Read packages/shop/src/price.js");
  check("Read etc/passwd from line 3", { file_path: "/etc/passwd" }, "Read /etc/passwd from line 3");
  check("Find **/*.ts in /home/me/tea-shop/src", { pattern: "**/*.ts", path: "/home/me/tea-shop/src" }, "Find **/*.ts in src");
  check("Search src in /home/me/tea-shop", { pattern: "src", path: "/home/me/tea-shop" }, "Search src in tea-shop/");
  check("Edit a cell of nb/a.ipynb", { notebook_path: "nb/a.ipynb" }, "Edit a cell of nb/a.ipynb");
  check(
    "cat /home/me/tea-shop/a",
    { command: "cat /home/me/tea-shop/a", path: "/home/me/tea-shop/a" },
    "cat /home/me/tea-shop/a",
  );
  check("Read src/price.js", null, "Read src/price.js");
  const deep = { file_path: "/home/me/tea-shop/packages/shop/src/price.js" };
  expect(titleOf("Read src/price.js", deep, roots, shortName)).toBe("Read …/src/price.js");
});
