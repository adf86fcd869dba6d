import { askUserQuestion } from "./ask-user-question";
import { bash } from "./bash";
import { bashOutput } from "./bash-output";
import { callHierarchy } from "./call-hierarchy";
import { codeActions } from "./code-actions";
import { debugState } from "./debug-state";
import { definition } from "./definition";
import type { Tool } from "./define";
import { diagnostics } from "./diagnostics";
import { documentSymbols } from "./document-symbols";
import { edit } from "./edit";
import { enterPlanMode } from "./enter-plan-mode";
import { exitPlanMode } from "./exit-plan-mode";
import { format } from "./format";
import { glob } from "./glob";
import { grep } from "./grep";
import { hover } from "./hover";
import { killShell } from "./kill-shell";
import { multiEdit } from "./multi-edit";
import { notebookEdit } from "./notebook-edit";
import { organizeImports } from "./organize-imports";
import { read } from "./read";
import { recall } from "./recall";
import { references } from "./references";
import { rename } from "./rename";
import { runTask } from "./run-task";
import { runTests } from "./run-tests";
import { todoWrite } from "./todo-write";
import { toolSearch } from "./tool-search";
import { webFetch } from "./web-fetch";
import { workspaceSymbols } from "./workspace-symbols";
import { write } from "./write";

/** Every built-in tool; the order is that of the request. */
export const tools: readonly Tool[] = [
  read,
  write,
  edit,
  multiEdit,
  notebookEdit,
  glob,
  grep,
  bash,
  bashOutput,
  killShell,
  webFetch,
  todoWrite,
  recall,
  askUserQuestion,
  enterPlanMode,
  exitPlanMode,
  toolSearch,
  definition,
  references,
  documentSymbols,
  workspaceSymbols,
  hover,
  callHierarchy,
  rename,
  codeActions,
  organizeImports,
  format,
  diagnostics,
  runTask,
  runTests,
  debugState,
];
