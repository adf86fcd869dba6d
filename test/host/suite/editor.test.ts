import assert from "node:assert/strict";
import { extensions, version, workspace } from "vscode";

suite("the editor", () => {
  test("is at least the one package.json asks for", () => {
    const [major, minor] = version.split(".").map(Number) as [number, number];
    assert.ok(major > 1 || minor >= 104, version);
  });
  test("has Stride and the sample workspace", () => {
    assert.ok(extensions.getExtension("stride.stride"));
    assert.equal(workspace.workspaceFolders?.length, 1);
  });
});
