import * as vscode from "vscode";
import type { Disposable } from "../../shared/lifecycle";
import type { TerminalView } from "../../shared/protocol/host";
import { plainLine, plainText } from "../plain-text";
import type { ShowTerminal } from "../settings";

interface CommandRecord {
  view: TerminalView;
  output: string;
  cut: boolean;
  ended?: { exitCode: number | null };
}

interface Screen {
  terminal: vscode.Terminal;
  write: vscode.EventEmitter<string>;
  rename: vscode.EventEmitter<string>;
  /** The terminal exists before it is drawn; what is written before `open` would be lost. */
  open: boolean;
  showing?: CommandRecord;
}

export interface CommandTerminalsOptions {
  stop(view: TerminalView): void;
  /** Which commands get their terminal at once; the others when it is asked for. */
  which(): ShowTerminal;
}

const maxRecords = 50;
const maxScreens = 6;
const maxOutput = 200_000;

/** Commands of the engine as read-only terminals: Ctrl+C stops the command, nothing else can be typed. */
export class CommandTerminals implements Disposable {
  #records = new Map<string, CommandRecord>();
  #screens: Screen[] = [];
  #listener: vscode.Disposable;

  constructor(private readonly options: CommandTerminalsOptions) {
    this.#listener = vscode.window.onDidCloseTerminal((terminal) => this.#closed(terminal));
  }

  /** Said again when the command goes to the background. */
  begin(view: TerminalView): void {
    const record = this.#records.get(view.id) ?? this.#add(view);
    record.view = view;
    const which = this.options.which();
    if (which === "always" || (which === "background" && view.background)) this.#screenFor(record);
  }

  write(id: string, text: string): void {
    const record = this.#records.get(id);
    if (!record) return;
    const lines = forTerminal(text);
    const whole = record.output + lines;
    record.cut ||= whole.length > maxOutput;
    record.output = whole.slice(-maxOutput);
    this.#screenOf(record)?.write.fire(lines);
  }

  end(id: string, exitCode: number | null): void {
    const record = this.#records.get(id);
    if (!record) return;
    record.ended = { exitCode };
    this.#screenOf(record)?.write.fire(lastLine(record));
  }

  /** On the person's wish. False when the command is not known any more. */
  show(id: string): boolean {
    const record = this.#records.get(id);
    if (!record) return false;
    this.#screenFor(record).terminal.show(true);
    return true;
  }

  /** What the terminal of a command shows. */
  shown(id: string): string | undefined {
    const record = this.#records.get(id);
    return record && screenText(record);
  }

  get open(): number {
    return this.#screens.length;
  }

  dispose(): void {
    this.#listener.dispose();
    for (const { terminal, write, rename } of this.#screens) {
      terminal.dispose();
      write.dispose();
      rename.dispose();
    }
    this.#screens = [];
    this.#records.clear();
  }

  #screenOf(record: CommandRecord): Screen | undefined {
    return this.#screens.find(({ showing, open }) => open && showing === record);
  }

  #screenFor(record: CommandRecord): Screen {
    const own = this.#screens.find(({ showing }) => showing === record);
    if (own) return own;
    const idle = this.#screens.find(({ showing }) => !showing || showing.ended);
    const screen = idle ?? (this.#screens.length < maxScreens ? this.#create(record) : this.#screens[0]!);
    screen.showing = record;
    screen.rename.fire(titleOf(record));
    if (screen.open) screen.write.fire(`\u001bc${screenText(record)}`);
    return screen;
  }

  #create(record: CommandRecord): Screen {
    const write = new vscode.EventEmitter<string>();
    const rename = new vscode.EventEmitter<string>();
    const pty: vscode.Pseudoterminal = {
      onDidWrite: write.event,
      onDidChangeName: rename.event,
      open: () => {
        screen.open = true;
        if (screen.showing) write.fire(screenText(screen.showing));
      },
      close: () => undefined,
      handleInput: (data) => {
        if (data === "\u0003" && screen.showing && !screen.showing.ended) this.options.stop(screen.showing.view);
      },
    };
    const terminal = vscode.window.createTerminal({ name: titleOf(record), pty, iconPath: new vscode.ThemeIcon("terminal") });
    const screen: Screen = { terminal, write, rename, open: false };
    this.#screens.push(screen);
    return screen;
  }

  #add(view: TerminalView): CommandRecord {
    this.#forgetOldest();
    const record: CommandRecord = { view, output: "", cut: false };
    this.#records.set(view.id, record);
    return record;
  }

  #closed(terminal: vscode.Terminal): void {
    const at = this.#screens.findIndex((screen) => screen.terminal === terminal);
    const [screen] = at < 0 ? [] : this.#screens.splice(at, 1);
    screen?.write.dispose();
    screen?.rename.dispose();
  }

  #forgetOldest(): void {
    for (const [id, record] of this.#records) {
      if (this.#records.size < maxRecords) return;
      if (record.ended) this.#records.delete(id);
    }
  }
}

const titleOf = ({ view }: CommandRecord): string => `Stride: ${plainLine(view.title, 40)}`;

/** Output may neither steer the terminal nor come in with the line ends of a file. */
const forTerminal = (text: string): string => plainText(text).replace(/\r?\n/g, "\r\n");

function screenText(record: CommandRecord): string {
  const head = `\u001b[2m$ ${plainLine(record.view.title, 2_000)}\r\n(read-only; Ctrl+C stops the command)\u001b[0m\r\n`;
  const cut = record.cut ? "… earlier output is in the conversation\r\n" : "";
  return head + cut + record.output + (record.ended ? lastLine(record) : "");
}

function lastLine({ ended }: CommandRecord): string {
  const how = ended?.exitCode === null || ended === undefined ? "stopped" : `exit code ${ended.exitCode}`;
  return `\r\n\u001b[2m[${how}]\u001b[0m\r\n`;
}
