import * as vscode from "vscode";

interface Frame {
  id: number;
  name: string;
  line: number;
  source?: { path?: string; name?: string };
}
interface Variable {
  name: string;
  value: string;
  type?: string;
}

const maxFrames = 20;
const maxVariables = 60;
const timeoutMs = 5_000;

/** Where the debugger stands: session, stack, the variables of the top frame. null = nothing is being debugged. */
export async function debugState(): Promise<string | null> {
  const session = vscode.debug.activeDebugSession;
  if (!session) return null;
  const head = `${session.name} (${session.type})`;
  const item = vscode.debug.activeStackItem;
  if (!item) return `${head}: running, not stopped.`;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>(
    (resolve) => (timer = setTimeout(() => resolve(`${head}: the debugger does not answer.`), timeoutMs)),
  );
  return Promise.race([describe(item, head), late]).finally(() => clearTimeout(timer));
}

async function describe(item: vscode.DebugThread | vscode.DebugStackFrame, head: string): Promise<string> {
  const session = item.session;
  try {
    const { stackFrames } = (await session.customRequest("stackTrace", {
      threadId: item.threadId,
      startFrame: 0,
      levels: maxFrames,
    })) as { stackFrames: Frame[] };
    const stack = stackFrames.map(({ name, line, source }) => `  ${name} ${source?.path ?? source?.name ?? ""}:${line}`);
    const frameId = "frameId" in item ? item.frameId : stackFrames[0]?.id;
    const variables = frameId === undefined ? [] : await topVariables(session, frameId);
    return [`${head}: stopped at`, ...stack, ...(variables.length > 0 ? ["Variables:", ...variables] : [])].join("\n");
  } catch {
    return `${head}: running, not stopped.`;
  }
}

async function topVariables(session: vscode.DebugSession, frameId: number): Promise<string[]> {
  const { scopes } = (await session.customRequest("scopes", { frameId })) as {
    scopes: { name: string; variablesReference: number; expensive?: boolean }[];
  };
  const scope = scopes.find(({ expensive }) => !expensive);
  if (!scope) return [];
  const { variables } = (await session.customRequest("variables", { variablesReference: scope.variablesReference })) as {
    variables: Variable[];
  };
  return variables
    .slice(0, maxVariables)
    .map(({ name, value, type }) => `  ${name}${type ? `: ${type}` : ""} = ${value.slice(0, 200)}`);
}
