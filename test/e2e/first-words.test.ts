import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { openPackaged } from "../support/editor/packaged-workbench";
import type { PackagedWorkbench } from "../support/editor/packaged-workbench";
import { insideWebview, openView } from "../support/editor/workbench";

let stride: PackagedWorkbench;
beforeAll(async () => {
  stride = await openPackaged();
});
afterAll(() => stride?.stop());

test("without a key the practice model answers in the sidebar", async () => {
  onTestFailed(async () => void (await stride.shot("first-words-failed")));
  await openView(stride.page, "Stride");
  const panel = insideWebview(stride.page);
  const composer = panel.getByRole("textbox").first();
  await composer.waitFor();
  await composer.fill("hello");
  await composer.press("Enter");
  await panel
    .getByText(/practice model/i)
    .first()
    .waitFor();
  await stride.shot("first-words");
});

test("nothing but this machine was asked", () => {
  expect([...stride.outside]).toEqual([]);
});
