import { homedir } from "node:os";
import { join } from "node:path";
import { runKept, type KeptCode } from "./kept-code";

/** Of the content of engine.cjs, put in by the bundler; "" while it watches. */
declare const STRIDE_BUILD: string;

/** The bundle in `dist`, with the code that earlier processes have compiled. */
export function startEngine(dist: string): KeptCode<typeof import("./engine")> {
  const state = process.env["STRIDE_HOME"] || join(homedir(), ".stride");
  return runKept(join(dist, "engine.cjs"), STRIDE_BUILD, { own: join(state, "cache", "code"), shipped: join(dist, "code") });
}
