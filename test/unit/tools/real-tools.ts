import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Gatekeeper } from "../../../src/agent/gatekeeper";
import { Schedule } from "../../../src/agent/loop/schedule";
import { decide } from "../../../src/agent/permissions/decide";
import { storeLargeResult } from "../../../src/agent/records/result-store";
import type { ToolPorts } from "../../../src/agent/tools/define";
import { tools } from "../../../src/agent/tools/index";
import { prepareCall, type RunnerPorts } from "../../../src/agent/tools/runner";
import { Toolbox } from "../../../src/agent/tools/toolbox";
import { diskProbe } from "../../../src/headless/path-probe";
import { createSearch } from "../../../src/search/create-search";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import type { ToolResultBlock } from "../../../src/shared/protocol/messages";
import type { PermissionMode } from "../../../src/shared/protocol/permission";
import { createWeb } from "../../../src/web/create-web";
import { makeFolder, openProcesses } from "../processes/processes-fixture";
import { openDocuments } from "../files/open-documents";
import { toolPorts } from "./tool-ports";

const never = new AbortController().signal;

export interface Called {
  text: string;
  isError: boolean;
  content: ToolResultBlock["content"];
}

/** Every room as it runs in the product, in a folder of its own: nothing answers for a tool but the tool. */
export async function realTools(given: { mode?: PermissionMode; ask?: ToolPorts["ask"]; rg?: null } = {}) {
  const cwd = realpathSync(await makeFolder());
  const processes = await openProcesses();
  const rules = { allow: [], ask: [], deny: [] };
  const gatekeeper = new Gatekeeper({
    decide,
    cwd,
    roots: [cwd],
    home: cwd,
    trusted: true,
    probe: diskProbe(),
    mode: given.mode ?? "bypassPermissions",
    rules: () => rules,
    saveLocal: async () => {},
  });
  const editor = openDocuments();
  const events: AgentEvent[] = [];
  const toolbox = new Toolbox(tools);
  const ports: ToolPorts = {
    ...toolPorts(cwd, { editor }),
    commands: processes.commands,
    readsOnly: (command) => gatekeeper.readsOnly(command, "bash"),
    search: createSearch({ programs: processes.programs, ...(given.rg === null && { rgPath: null }) }),
    web: createWeb({ allowLoopback: true }),
    mode: { get: () => gatekeeper.mode, set: (mode) => (gatekeeper.mode = mode) },
    deferred: { search: (query, limit) => toolbox.search(query, limit), load: (names) => toolbox.load(names) },
    ...(given.ask && { ask: given.ask }),
  };
  toolbox.open(ports);
  let ids = 0;
  const runner: RunnerPorts = {
    tools: ports,
    find: (name) => toolbox.find(name),
    names: () => toolbox.names(),
    decide: async (call) => gatekeeper.decide(call),
    boundTo: ({ targets }) => ({ files: (targets && ports.files.pinned?.(targets)) ?? ports.files }),
    attended: false,
    approve: async () => ({ verdict: "deny" }),
    emit: (event) => void events.push(event),
    flush: async () => {},
    cap: async (call, content) => (await storeLargeResult(join(cwd, "results"), call, content)).content,
    hash: (parts) => createHash("sha256").update(parts.join("\0")).digest("hex"),
    newId: () => `id${++ids}`,
    now: () => performance.now(),
    audit: () => {},
  };
  const prepare = (name: string, input: unknown) =>
    prepareCall(
      { type: "tool_use", id: `call_${++ids}`, name, input: input as Record<string, unknown> },
      "turn",
      "request",
      runner,
    );
  return {
    cwd,
    processes,
    editor,
    events,
    toolbox,
    gatekeeper,
    path: (name: string) => join(cwd, name),
    put(name: string, content: string | Uint8Array, mtime?: number): void {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), content);
      if (mtime !== undefined) utimesSync(join(cwd, name), mtime, mtime);
    },
    on: (name: string): string => readFileSync(join(cwd, name), "utf8"),
    async call(name: string, input: unknown, signal: AbortSignal = never): Promise<Called & { id: string }> {
      const call = prepare(name, input);
      return { ...calledOf((await call.run(signal, () => {})).result), id: call.id };
    },
    /** As one reply of a model: what cannot disturb each other overlaps. */
    async together(calls: readonly (readonly [string, object])[]): Promise<Called[]> {
      const schedule = new Schedule({ signal: never });
      for (const [name, input] of calls) schedule.add(prepare(name, input));
      return (await schedule.finish()).map(({ result }) => calledOf(result));
    },
  };
}

export type RealTools = Awaited<ReturnType<typeof realTools>>;

function calledOf({ content, isError = false }: ToolResultBlock): Called {
  const text = content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
  return { text, isError, content };
}
