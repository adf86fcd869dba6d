import * as vscode from "vscode";
import { messageOf } from "../../shared/errors";
import type { CodeLocation, LanguageAnswer, LanguageQuery } from "../../shared/protocol/host";
import { findDocument, saveDocument } from "./open-document";
import { toRange } from "./diagnostics";

const timeoutMs = 15_000;
const limit = 500;

/** The member of the union that has this kind, among others. */
type Query<K extends LanguageQuery["kind"], Q = LanguageQuery> = Q extends { kind: infer Kinds }
  ? K extends Kinds
    ? Q
    : never
  : never;

/** Asks the extensions the person already has. A server that does not answer in time is told apart from one that is not there. */
export async function language(query: LanguageQuery): Promise<LanguageAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<LanguageAnswer>((resolve) => {
    const message = `The language service did not answer within ${timeoutMs / 1_000} s. It may still be loading: try again later.`;
    timer = setTimeout(() => resolve({ ok: false, why: "timeout", message }), timeoutMs);
  });
  const answer = ask(query).catch((error: unknown): LanguageAnswer => ({ ok: false, why: "failed", message: messageOf(error) }));
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function ask(query: LanguageQuery): Promise<LanguageAnswer> {
  switch (query.kind) {
    case "definition":
    case "references":
      return locations(query);
    case "hover":
      return hover(query);
    case "incoming_calls":
    case "outgoing_calls":
      return calls(query);
    case "document_symbols":
      return documentSymbols(query);
    case "workspace_symbols":
      return workspaceSymbols(query);
    case "code_actions":
      return codeActions(query);
    case "apply_code_action":
      return applyCodeAction(query);
    case "rename":
      return rename(query);
    case "organize_imports":
      return organizeImports(query);
    case "format":
      return format(query);
  }
}

async function locations({ kind, path, position }: Query<"definition" | "references">): Promise<LanguageAnswer> {
  const uri = await load(path);
  const command = kind === "definition" ? "vscode.executeDefinitionProvider" : "vscode.executeReferenceProvider";
  const found = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[] | undefined>(
    command,
    uri,
    toPosition(position),
  );
  if (!found?.length) return (await isServed(uri)) ? { ok: true, locations: [] } : noProvider(path);
  const places = found
    .slice(0, limit)
    .map((one) => ("targetUri" in one ? { uri: one.targetUri, range: one.targetSelectionRange ?? one.targetRange } : one));
  return { ok: true, locations: await Promise.all(places.map(({ uri: at, range }) => withLine(at, range))) };
}

async function hover({ path, position }: Query<"hover">): Promise<LanguageAnswer> {
  const uri = await load(path);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[] | undefined>(
    "vscode.executeHoverProvider",
    uri,
    toPosition(position),
  );
  if (!hovers?.length && !(await isServed(uri))) return noProvider(path);
  const parts = (hovers ?? []).flatMap(({ contents }) => contents).map((part) => (typeof part === "string" ? part : part.value));
  return { ok: true, text: parts.filter(Boolean).join("\n\n") };
}

async function calls({ kind, path, position }: Query<"incoming_calls" | "outgoing_calls">): Promise<LanguageAnswer> {
  const uri = await load(path);
  const items = await vscode.commands.executeCommand<vscode.CallHierarchyItem[] | undefined>(
    "vscode.prepareCallHierarchy",
    uri,
    toPosition(position),
  );
  const item = items?.[0];
  if (!item) return (await isServed(uri)) ? { ok: true, locations: [] } : noProvider(path);
  const others =
    kind === "incoming_calls"
      ? (await vscode.commands.executeCommand<vscode.CallHierarchyIncomingCall[]>("vscode.provideIncomingCalls", item)).map(
          ({ from }) => from,
        )
      : (await vscode.commands.executeCommand<vscode.CallHierarchyOutgoingCall[]>("vscode.provideOutgoingCalls", item)).map(
          ({ to }) => to,
        );
  return { ok: true, locations: others.slice(0, limit).map((one) => symbolAt(one.uri, one.selectionRange, one.name, one.kind)) };
}

async function documentSymbols({ path }: Query<"document_symbols">): Promise<LanguageAnswer> {
  const uri = await load(path);
  const symbols = await vscode.commands.executeCommand<(vscode.DocumentSymbol | vscode.SymbolInformation)[] | undefined>(
    "vscode.executeDocumentSymbolProvider",
    uri,
  );
  if (!symbols) return noProvider(path);
  const flat = symbols.flatMap((symbol) =>
    "children" in symbol ? flatten(symbol, "") : [{ name: symbol.name, range: symbol.location.range, kind: symbol.kind }],
  );
  return { ok: true, locations: flat.slice(0, limit).map(({ name, range, kind }) => symbolAt(uri, range, name, kind)) };
}

async function workspaceSymbols({ query }: Query<"workspace_symbols">): Promise<LanguageAnswer> {
  const symbols = await vscode.commands.executeCommand<vscode.SymbolInformation[] | undefined>(
    "vscode.executeWorkspaceSymbolProvider",
    query,
  );
  const found = (symbols ?? []).filter(({ location }) => location.uri.scheme === "file").slice(0, limit);
  return { ok: true, locations: found.map(({ location, name, kind }) => symbolAt(location.uri, location.range, name, kind)) };
}

async function codeActions({ path, range, only }: Query<"code_actions">): Promise<LanguageAnswer> {
  const uri = await load(path);
  const actions = await provideActions(uri, toVsRange(range), only, 0);
  return { ok: true, titles: actions.filter(({ disabled }) => !disabled).map(({ title }) => title) };
}

async function applyCodeAction({ path, range, title }: Query<"apply_code_action">): Promise<LanguageAnswer> {
  const uri = await load(path);
  const action = (await provideActions(uri, toVsRange(range), undefined, 50)).find((one) => one.title === title);
  if (!action)
    return {
      ok: false,
      why: "failed",
      message: `There is no code action "${title}" here any more. List the code actions again.`,
    };
  return applyAction(action);
}

async function organizeImports({ path }: Query<"organize_imports">): Promise<LanguageAnswer> {
  const uri = await load(path);
  const document = await vscode.workspace.openTextDocument(uri);
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const [action] = await provideActions(uri, whole, vscode.CodeActionKind.SourceOrganizeImports.value, 1);
  return action ? applyAction(action) : noProvider(path);
}

async function rename({ path, position, newName }: Query<"rename">): Promise<LanguageAnswer> {
  const uri = await load(path);
  const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit | undefined>(
    "vscode.executeDocumentRenameProvider",
    uri,
    toPosition(position),
    newName,
  );
  if (!edit || edit.size === 0)
    return (await isServed(uri))
      ? { ok: false, why: "failed", message: "Nothing can be renamed at this position." }
      : noProvider(path);
  return applyEdit(edit);
}

async function format({ path }: Query<"format">): Promise<LanguageAnswer> {
  const uri = await load(path);
  const options = vscode.workspace.getConfiguration("editor", uri);
  const edits = await vscode.commands.executeCommand<vscode.TextEdit[] | undefined>("vscode.executeFormatDocumentProvider", uri, {
    tabSize: options.get("tabSize", 4),
    insertSpaces: options.get("insertSpaces", true),
  });
  if (!edits) return noProvider(path);
  const edit = new vscode.WorkspaceEdit();
  edit.set(uri, edits);
  return applyEdit(edit);
}

function applyAction(action: vscode.CodeAction): Promise<LanguageAnswer> | LanguageAnswer {
  if (action.edit) return applyEdit(action.edit);
  return {
    ok: false,
    why: "failed",
    message: `"${action.title}" runs a command of its extension instead of an edit; Stride does not run those.`,
  };
}

/** One edit over all files, so that one undo takes it back; saved where the person had nothing unsaved. */
async function applyEdit(edit: vscode.WorkspaceEdit): Promise<LanguageAnswer> {
  const uris = edit.entries().map(([uri]) => uri);
  const documents = await Promise.all(uris.map((uri) => vscode.workspace.openTextDocument(uri)));
  const before = documents.map((document) => ({ document, text: document.getText(), wasDirty: document.isDirty }));
  if (!(await vscode.workspace.applyEdit(edit)))
    return {
      ok: false,
      why: "failed",
      message: "The editor did not apply the change; a file changed in the meantime. Try again.",
    };
  for (const { document, wasDirty } of before) if (!wasDirty) await saveDocument(document);
  const changed = before.map(({ document, text }) => ({ path: document.uri.fsPath, before: text, after: document.getText() }));
  return { ok: true, changed: changed.filter((one) => one.before !== one.after) };
}

async function provideActions(
  uri: vscode.Uri,
  range: vscode.Range,
  only: string | undefined,
  resolve: number,
): Promise<vscode.CodeAction[]> {
  const found = await vscode.commands.executeCommand<(vscode.CodeAction | vscode.Command)[] | undefined>(
    "vscode.executeCodeActionProvider",
    uri,
    range,
    only,
    resolve,
  );
  // Our own would ask the engine to ask the engine.
  return (found ?? []).filter((one): one is vscode.CodeAction => !isCommand(one) && !one.title.startsWith("Stride: "));
}

const isCommand = (one: vscode.CodeAction | vscode.Command): one is vscode.Command => typeof one.command === "string";

async function load(path: string): Promise<vscode.Uri> {
  const document = findDocument(path) ?? (await vscode.workspace.openTextDocument(vscode.Uri.file(path)));
  return document.uri;
}

/** Most commands give an empty list with and without a provider; an outline is what every language service has. */
async function isServed(uri: vscode.Uri): Promise<boolean> {
  return (await vscode.commands.executeCommand<unknown[] | undefined>("vscode.executeDocumentSymbolProvider", uri)) !== undefined;
}

function noProvider(path: string): LanguageAnswer {
  return { ok: false, why: "no_provider", message: `No extension answers for ${path}. Use Grep and Read instead.` };
}

function flatten(
  symbol: vscode.DocumentSymbol,
  prefix: string,
): { name: string; range: vscode.Range; kind: vscode.SymbolKind }[] {
  const name = prefix ? `${prefix}.${symbol.name}` : symbol.name;
  return [{ name, range: symbol.selectionRange, kind: symbol.kind }, ...symbol.children.flatMap((child) => flatten(child, name))];
}

function symbolAt(uri: vscode.Uri, range: vscode.Range, text: string, kind: vscode.SymbolKind): CodeLocation {
  return { path: uri.fsPath, range: toRange(range), text, kind: (vscode.SymbolKind[kind] ?? "symbol").toLowerCase() };
}

async function withLine(uri: vscode.Uri, range: vscode.Range): Promise<CodeLocation> {
  const place: CodeLocation = { path: uri.fsPath, range: toRange(range) };
  try {
    const document = await vscode.workspace.openTextDocument(uri);
    return { ...place, text: document.lineAt(range.start.line).text.trim().slice(0, 300) };
  } catch {
    return place;
  }
}

const toPosition = ({ line, character }: { line: number; character: number }): vscode.Position =>
  new vscode.Position(line, character);
const toVsRange = ({ start, end }: Query<"code_actions">["range"]): vscode.Range =>
  new vscode.Range(toPosition(start), toPosition(end));
