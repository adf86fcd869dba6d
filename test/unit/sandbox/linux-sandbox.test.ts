import { execFile, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { protectedName } from "../../../src/agent/permissions/paths/protected-names";
import { createSandbox } from "../../../src/sandbox/create-sandbox";
import { parseSandboxSettings } from "../../../src/sandbox/settings";
import { alive, bundle, openProcesses, until } from "../processes/processes-fixture";
import { openWorld, sandboxWorks, type World } from "./sandbox-fixture";

/** Exit code and both ends of the output in one line. */
const result = async (world: World, command: string): Promise<string> => {
  const { exitCode, head, tail, problem } = await world.run(command);
  return `${exitCode} ${(head + tail).trim()}${problem ? ` [${problem}]` : ""}`.trim();
};
/** The same without a sandbox: else a refusal would prove nothing. Never in step with this process, which answers. */
const outside = async (file: string, args: string[]): Promise<string> =>
  (await promisify(execFile)(file, args, { timeout: 5000 })).stdout;
const listening = async (server: Server, at: string | number): Promise<number> => {
  await new Promise<void>((done) => (typeof at === "string" ? server.listen(at, done) : server.listen(at, "127.0.0.1", done)));
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
};

/** The sandbox has a /tmp of its own: a checkout there hides the Node that runs this. */
const node = [process.execPath, "/usr/bin/node", "/usr/local/bin/node"].find(
  (path) => !path.startsWith("/tmp/") && existsSync(path),
);

describe.skipIf(!sandboxWorks)("bubblewrap", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  const check = (name: string, command: string, expected: string | RegExp): void =>
    test(name, async () => {
      expect(world.sandbox.reason).toBeUndefined();
      if (typeof expected === "string") expect(await result(world, command)).toBe(expected);
      else expect(await result(world, command)).toMatch(expected);
    });

  describe("what works as before", () => {
    check("output and exit code 0", "echo hello", "0 hello");
    check("exit code", "exit 42", "42");
    check("exit code of a signal", "kill -9 $$", "137");
    check("stderr", "echo oops >&2; false", "1 oops");
    check("the working folder", "pwd; cd sub 2>/dev/null || mkdir sub && cd sub && pwd", /proj\n.*proj\/sub$/);
    check("files of the workspace", "echo x > a && mkdir -p d/e && mv a d/e/a && cat d/e/a && rm -r d", "0 x");
    check(
      "/dev/null, /dev/zero, /dev/urandom",
      "echo x >/dev/null && head -c 3 /dev/zero | wc -c && head -c 3 /dev/urandom | wc -c",
      "0 3\n3",
    );
    check(
      "a temporary folder of its own, kept between commands",
      'echo kept > "$TMPDIR/t"; mktemp >/dev/null && cat /tmp/t',
      "0 kept",
    );
    check("pipes and job control", "seq 3 | sort -r | head -1; sleep 0.01 & wait", "0 3");
    check(
      "listening and talking to oneself",
      `python3 -c 'import socket,threading;s=socket.create_server(("127.0.0.1",0));threading.Thread(target=lambda:s.accept()[0].send(b"hi")).start();print(socket.create_connection(s.getsockname()).recv(9))'`,
      "0 b'hi'",
    );
    check("socketpair", `python3 -c 'import socket;a,b=socket.socketpair();a.send(b"x");print(b.recv(1))'`, "0 b'x'");
    check(
      "node runs",
      `${node} -e 'console.log(require("child_process").execFileSync("echo",["from a child"])+"")'`,
      "0 from a child",
    );
    check("reading git", "git init -q /tmp/r && git -C /tmp/r status --short && echo ok", /ok$/);
  });

  describe("process", () => {
    check("no new privileges", "grep NoNewPrivs /proc/self/status", /^0 NoNewPrivs:\s*1$/);
    check("no capabilities", "grep CapEff /proc/self/status", /^0 CapEff:\s*0{16}$/);
    check("the filter is on", "grep '^Seccomp:' /proc/self/status", /^0 Seccomp:\s*2$/);
    check("a session of its own", "ps -o sid= -p $$ | tr -d ' '", /^0 [12]$/);
    check("other processes are not seen", "ls -d /proc/[0-9]* | wc -l | awk '{print ($1<8)}'", "0 1");
    check("only its own descriptors", "ls /proc/self/fd | sort -n | tr '\\n' ' '", "0 0 1 2 3");
    check(
      "setuid programs gain nothing",
      "cp /usr/bin/id /tmp/i && chmod 4755 /tmp/i && /tmp/i -u; grep CapPrm /proc/self/status",
      /CapPrm:\s*0{16}$/,
    );
    check(
      "mounts cannot be undone",
      `umount ${"$PWD"}; mount -o remount,rw / ; unshare -m true; touch /etc/x || echo held`,
      /held/,
    );
    check(
      "keyrings, bpf, io_uring are closed",
      `python3 -c '
import ctypes
libc=ctypes.CDLL(None,use_errno=True)
for n in (${process.arch === "arm64" ? "219,280,425" : "250,321,425"}): libc.syscall(n,0,0,0,0,0); print(ctypes.get_errno(),end=" ")'`,
      "0 1 1 1",
    );
    check(
      "the terminal cannot be typed into",
      "python3 -c 'import fcntl,termios;fcntl.ioctl(0,termios.TIOCSTI,b\"x\")' 2>&1 | tail -1",
      /Error/,
    );
  });

  describe("writing outside", () => {
    for (const path of ["../outside/x", "/etc/x", "/usr/bin/x", "/root/x", "/var/tmp/x", "/var/x", "/x", "$HOME/x", "/sys/x"])
      check(path, `{ echo x > "${path}"; } 2>/dev/null && echo wrote || echo refused`, "0 refused");
    // Asked, not tried: where this fails it would be the machine's own setting.
    for (const path of [
      "/proc/sys/kernel/core_pattern",
      "/proc/sysrq-trigger",
      "/sys/kernel/mm",
      "/sys/power/state",
      "/proc/1/oom_score_adj",
    ])
      check(path, `test -w ${path} && echo writable || echo refused`, "0 refused");
    test("nothing of it is there", () => {
      for (const path of [join(world.outside, "x"), "/etc/x", "/usr/bin/x", "/var/tmp/x", "/var/x", "/x"])
        expect(existsSync(path)).toBe(false);
    });
    check("/tmp is not the machine's", "echo x > /tmp/stride-outside-probe; ls /tmp | grep -c stride-sandbox-test", "1 0");
    test("and nothing arrives there", () => expect(existsSync("/tmp/stride-outside-probe")).toBe(false));
    check("through a link made inside", "ln -s ../outside l && echo x > l/x || echo refused", /refused/);
    check("through a hard link made inside", "ln /etc/hostname h 2>/dev/null && echo linked || echo refused", "0 refused");
    check("through /proc", "{ echo x > /proc/self/root/etc/x; } 2>/dev/null || echo refused", "0 refused");
    check(
      "a link swapped a thousand times",
      `for i in $(seq 1000); do ln -sfn ../outside s; ln -sfn . s; done & for i in $(seq 1000); do { echo x > s/swapped; } 2>/dev/null; done; wait; ls ../outside | wc -l`,
      "0 0",
    );
    check(
      "with every tool",
      `sh -c 'echo x > ../outside/x'; tee ../outside/x </dev/null; cp /etc/hostname ../outside/x; python3 -c 'open("../outside/x","w")'; sed -i s/a/b/ ../outside/x; ls ../outside | wc -l`,
      /\b0$/,
    );
  });

  describe("sockets of the machine", () => {
    const servers: Server[] = [];
    afterAll(() => servers.forEach((server) => server.close()));
    const connectTo = (path: string): string =>
      `python3 -c 'import socket;socket.socket(socket.AF_UNIX).connect("${path}")' 2>&1 | tail -1`;
    test("one in the workspace, one beside it, one in /run, an abstract one", async () => {
      const paths = [join(world.root, "s.sock"), join(world.outside, "s.sock"), "/run/stride-test.sock", "\\0stride-test"];
      for (const path of paths) {
        const server = createServer((socket) => socket.on("error", () => {}).end("reached"));
        servers.push(server);
        await listening(server, path.replace("\\0", "\0"));
        expect(
          await outside("python3", ["-c", `import socket\ns=socket.socket(socket.AF_UNIX)\ns.connect("${path}")\nprint("ok")`]),
          "from outside",
        ).toBe("ok\n");
        expect(await result(world, connectTo(path))).toMatch(/not supported|Errno 97/);
      }
    });
    for (const path of ["/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket", "/run/user", "/run/systemd"])
      check(`${path} is not there`, `test -e ${path} && echo there || echo gone`, "0 gone");
    check("no variable leads to a helper", 'echo "$SSH_AUTH_SOCK$DBUS_SESSION_BUS_ADDRESS$XDG_RUNTIME_DIR$DOCKER_HOST"', "0");
    check(
      "no vsock, no packet socket",
      `python3 -c '
import socket
for family in (40,17,38):
  try: socket.socket(family,socket.SOCK_STREAM if family!=17 else socket.SOCK_RAW); print("open")
  except OSError as e: print(e.errno)'`,
      "0 97\n97\n97",
    );
  });

  describe("network with an empty list", () => {
    const server = createHttpServer((_request, answer) => answer.end("reached"));
    let port = 0;
    beforeAll(async () => {
      port = await listening(server, 0);
    });
    afterAll(() => void server.close());
    test("a listener on the machine's loopback", async () => {
      expect(await outside("curl", ["-s", "--noproxy", "*", `http://127.0.0.1:${port}/`]), "from outside").toBe("reached");
      expect(await result(world, `curl -s -m 3 http://127.0.0.1:${port}/`)).toBe("7");
      expect(await result(world, `exec 3<>/dev/tcp/127.0.0.1/${port} || echo closed`)).toMatch(/closed$/);
    });
    check(
      "a public address",
      "curl -s -m 3 http://1.1.1.1/; python3 -c 'import socket;socket.create_connection((\"8.8.8.8\",53),2)' 2>&1 | tail -1",
      /unreachable|timed out/,
    );
    check("names", "getent hosts example.com || echo none", /none$/);
    check(
      "a datagram",
      'python3 -c \'import socket;socket.socket(socket.AF_INET,socket.SOCK_DGRAM).sendto(b"x",("1.1.1.1",53))\' 2>&1 | tail -1',
      /unreachable/,
    );
    check("only the loopback exists", "ls /sys/class/net 2>/dev/null | wc -l; awk 'NR>2{print $1}' /proc/net/dev", /lo:$/);
  });
});

describe.skipIf(!sandboxWorks)("guarded names", () => {
  test("what exists is read-only at any depth, and cannot be moved or removed", async () => {
    const world = await openWorld();
    for (const path of [
      ".git/config",
      ".git/hooks/pre-commit",
      "a/b/c/d/e/f/.git/config",
      "sub/.vscode/tasks.json",
      ".mcp.json",
      "CLAUDE.md",
      ".bashrc",
      "x/y.code-workspace",
    ]) {
      world.put(path, "mine");
      expect(await result(world, `echo evil > ${path}`), path).toMatch(/^1 .*Read-only/);
      expect(
        await result(
          world,
          `rm -f ${path}; mv ${path} gone; ln -f ${path} hard; cp --remove-destination /etc/hostname ${path}; true`,
        ),
        path,
      ).toMatch(/^0 /);
      expect(readFileSync(join(world.root, path), "utf8"), path).toBe("mine");
    }
    expect(await result(world, "mv .git aside; mkdir .git; rm -rf .git; true")).toMatch(/busy/i);
    expect(readFileSync(join(world.root, ".git/config"), "utf8")).toBe("mine");
  });

  test("create-then-use: what does not exist cannot be made where its readers are at work", async () => {
    const world = await openWorld();
    const made = await result(
      world,
      "mkdir -p .git/hooks && echo evil > .git/hooks/pre-commit; git init -q . ; mkdir .vscode/x; echo '{}' > .mcp.json; echo x > .envrc; mkdir .claude/x; ls -A | tr '\\n' ' '",
    );
    expect(made).toMatch(/Read-only file system/);
    expect(readdirSync(world.root)).toEqual([]);
  });

  test("at depth it is put aside when the command ends, and said", async () => {
    const world = await openWorld();
    const paths = [
      "a/b/c/d/e/.git/hooks/pre-commit",
      "pkg/.vscode/settings.json",
      "deep/er/.mcp.json",
      "deep/CLAUDE.md",
      "n/.GIT/config",
      "q/x.code-workspace",
    ];
    const outcome = await world.run(paths.map((path) => `mkdir -p $(dirname ${path}) && echo evil > ${path}`).join(" && "));
    expect(outcome.exitCode).toBe(0);
    for (const path of paths) expect(world.has(path), path).toBe(false);
    expect(outcome.problem).toMatch(/put aside:.*\.git \(now .*stride-blocked-/);
    const left = readdirSync(world.root, { recursive: true }).map(String);
    expect(left.filter((path) => path.endsWith("pre-commit"))).toHaveLength(1);
    expect(left.filter((path) => protectedName(join(world.root, path)) !== undefined)).toEqual([]);
  });

  test("a folder moved away with its guarded file, and another put in its place", async () => {
    const world = await openWorld();
    world.put("sub/.git/config", "mine");
    const outcome = await world.run("mv sub gone && mkdir -p sub/.git && echo evil > sub/.git/config");
    expect(outcome.problem).toMatch(/put aside/);
    expect(world.has("sub/.git")).toBe(false);
    expect(readFileSync(join(world.root, "gone/.git/config"), "utf8")).toBe("mine");
  });

  test("a guarded link stays what it was, and what it leads to is guarded too", async () => {
    const world = await openWorld();
    world.put("dotgit/config", "mine");
    symlinkSync("dotgit", join(world.root, ".git"));
    expect(await result(world, "echo evil > .git/config; echo evil > dotgit/config; true")).toMatch(/Read-only[^]*Read-only/);
    const outcome = await world.run("rm .git && mkdir .git && echo evil > .git/config");
    expect(outcome.problem).toMatch(/put aside/);
    expect(readlinkSync(join(world.root, ".git"))).toBe("dotgit");
    expect(await result(world, "rm .git")).toMatch(/^0/);
    expect(readlinkSync(join(world.root, ".git"))).toBe("dotgit");
  });

  test("a guarded link that leads above the workspace does not close it", async () => {
    const world = await openWorld();
    symlinkSync("..", join(world.root, ".claude"));
    expect(await result(world, "echo x > a && cat a")).toBe("0 x");
  });

  test("what someone outside saves meanwhile is left alone", async () => {
    const world = await openWorld();
    world.put("CLAUDE.md", "old");
    const running = world.run("sleep 0.4");
    await new Promise((resolve) => setTimeout(resolve, 150));
    execFileSync("sh", ["-c", "echo new > CLAUDE.tmp && mv CLAUDE.tmp CLAUDE.md && echo '{}' > .vscode/settings.json"], {
      cwd: world.root,
    });
    expect((await running).problem).toBeUndefined();
    expect(readFileSync(join(world.root, "CLAUDE.md"), "utf8")).toBe("new\n");
    expect(world.has(".vscode/settings.json")).toBe(true);
  });

  test("two commands at a time: neither takes the other's guard away", async () => {
    const world = await openWorld();
    const long = world.run("sleep 0.5; mkdir .vscode/x .git/x; echo x > .mcp.json");
    await world.run("true");
    expect((await long).exitCode).toBe(1);
    expect(readdirSync(world.root)).toEqual([]);
  });

  test("what is denied to Edit is denied to every program (SR-30)", async () => {
    const world = await openWorld(
      { filesystem: { denyWrite: ["locked"], denyRead: ["~/private", "sealed"] } },
      { deniesWrite: (path) => path.endsWith("/src/secret.ts"), deniesRead: (path) => path.endsWith(".env") },
    );
    for (const path of ["src/secret.ts", "locked/file"]) {
      world.put(path, "mine");
      for (const attempt of [
        `echo x > ${path}`,
        `sh -c 'echo x > ${path}'`,
        `python3 -c 'open("${path}","w").write("x")'`,
        `echo x | tee ${path}`,
        `sed -i s/mine/x/ ${path}`,
        `cp /etc/hostname ${path}`,
        `rm ${path}`,
        `truncate -s 0 ${path}`,
      ]) {
        await world.run(attempt);
        expect(readFileSync(join(world.root, path), "utf8"), attempt).toBe("mine");
      }
    }
    world.put(".env", "KEY=canary");
    world.put("sealed/file", "canary");
    mkdirSync(join(world.home, "private"));
    writeFileSync(join(world.home, "private/k"), "canary");
    mkdirSync(join(world.home, ".ssh"));
    writeFileSync(join(world.home, ".ssh/id_rsa"), "canary");
    writeFileSync(join(world.home, ".netrc"), "canary");
    writeFileSync(join(world.stateDir, "conversation.jsonl"), "canary");
    const seen = await result(
      world,
      `cat .env sealed/* ${world.home}/private/k ${world.home}/.ssh/id_rsa ${world.home}/.netrc ${world.stateDir}/conversation.jsonl; ls -R sealed ${world.home}/.ssh ${world.stateDir}; grep -r canary . ${world.home}; true`,
    );
    expect(seen).not.toMatch(/KEY=|:canary|^canary/m);
    expect(seen.match(/denied|No such/g)?.length).toBeGreaterThanOrEqual(6);
  });
});

describe.skipIf(!sandboxWorks)("allowed domains", () => {
  test("on a machine with few processes, as in a container, and whichever numbers they have", async () => {
    // A bridge that has started other programs before: the sandbox gets a number that no process outside has.
    const tools = mkdtempSync("/var/tmp/stride-sandbox-test-tools-");
    for (const tool of ["bwrap", "bash"]) symlinkSync(`/usr/bin/${tool}`, join(tools, tool));
    onTestFinished(() => rmSync(tools, { recursive: true }));
    const slow = '#!/bin/bash\nfor i in {1..40}; do /bin/true; done\nexec /usr/bin/socat "$@"\n';
    writeFileSync(join(tools, "socat"), slow, { mode: 0o755 });
    const world = await openWorld({ network: { allowedDomains: ["good.example"] } }, { programFolders: [tools] });
    expect(world.sandbox.reason).toBeUndefined();
    const wrapped = await world.sandbox.wrap({ file: "/bin/echo", args: ["inside"], cwd: world.root });
    if ("kind" in wrapped) throw new Error(wrapped.message);
    const few = ["--fork", "--pid", "--mount-proc", "--kill-child", wrapped.file, ...wrapped.args];
    expect(await outside("unshare", process.getuid?.() === 0 ? few : ["--user", "--map-current-user", ...few])).toBe("inside\n");
  });
  test("an allowed name is reached through the proxy; another name, an address and a private answer are not", async () => {
    const server = createHttpServer((request, answer) => answer.end(`reached ${request.headers.host} ${request.url}`));
    const port = await listening(server, 0);
    const blocked: string[] = [];
    const world = await openWorld(
      { network: { allowedDomains: ["good.example", "*.below.example", "inner.example"], deniedDomains: ["bad.below.example"] } },
      {
        resolve: async (host) => {
          if (host === "inner.example") throw new Error("inner.example leads to 10.0.0.1, which is not a public address");
          return "127.0.0.1";
        },
        onBlockedHost: (host) => blocked.push(host),
      },
    );
    expect(world.sandbox.reason).toBeUndefined();
    expect(await result(world, `curl -s -m 5 http://good.example:${port}/a?b`)).toBe(`0 reached good.example:${port} /a?b`);
    expect(await result(world, `curl -s -m 5 -p http://x.below.example:${port}/tunnel`)).toBe(
      `0 reached x.below.example:${port} /tunnel`,
    );
    for (const host of ["evil.example", "bad.below.example", "inner.example", "below.example"]) {
      expect(await result(world, `curl -s -m 5 http://${host}:${port}/`), host).toMatch(/^0 Blocked by the sandbox/);
      expect(await result(world, `curl -s -m 5 -p http://${host}:${port}/`), host).toBe("56");
    }
    expect(await result(world, `curl -s -m 3 --noproxy '*' http://127.0.0.1:${port}/`)).toBe("7");
    expect(await result(world, `curl -s -m 3 http://good.example:${port}/ -H 'Host: evil.example'`)).toMatch(
      /reached good\.example/,
    );
    expect(
      await result(world, "python3 -c 'import socket;socket.socket(socket.AF_UNIX)' 2>&1 | tail -1"),
      "the bridge's right to Unix sockets is its own",
    ).toMatch(/not supported/);
    expect(await result(world, "ps ax | grep -c '[s]ocat'")).toBe("1 0");
    expect(blocked).toContain("evil.example");
    expect((await world.run("echo done")).problem).toBeUndefined();
    server.close();
  });
});

describe.skipIf(!sandboxWorks)("life and death", () => {
  const mark = (name: string): string => `3600.${process.pid}${name}`;

  test("killing the whole tree's host ends what runs inside", async () => {
    const driver = await bundle(new URL("./sandbox-driver.ts", import.meta.url).pathname, "sandbox-driver.mjs");
    for (const [name, settings] of [
      ["1", {}],
      ["2", { network: { allowedDomains: ["good.example"] } }],
    ] as const) {
      const world = await openWorld();
      const broker = await (await import("../processes/processes-fixture")).brokerPath();
      const child = spawn(
        process.execPath,
        [
          driver,
          world.root,
          join(world.dir, `state${name}`),
          broker,
          JSON.stringify(settings),
          `setsid sleep ${mark(name)} & sleep ${mark(name)}`,
        ],
        { stdio: ["ignore", "ignore", "inherit"] },
      );
      expect(await until(() => alive(`sleep ${mark(name)}`).length > 0, 8000), name).toBe(true);
      child.kill("SIGKILL");
      expect(await until(() => alive(mark(name)).length === 0, 5000), name).toBe(true);
    }
  });

  test("abort ends it, also what ran away inside", async () => {
    const world = await openWorld();
    const stop = new AbortController();
    const running = world.run(
      `(setsid nohup sleep ${mark("3")} >/dev/null 2>&1 &) ; trap '' TERM; sleep ${mark("3")}; sleep ${mark("3")}`,
      { signal: stop.signal },
    );
    expect(await until(() => alive(mark("3")).length > 1, 5000)).toBe(true);
    stop.abort();
    expect((await running).state).toBe("killed");
    expect(await until(() => alive(mark("3")).length === 0, 3000)).toBe(true);
  });

  test("the end of a command ends what it left behind", async () => {
    const world = await openWorld();
    const outcome = await world.run(`setsid nohup sleep ${mark("4")} >/dev/null 2>&1 & echo started`);
    expect(outcome.problem).toBeUndefined();
    expect(await until(() => alive(mark("4")).length === 0, 2000)).toBe(true);
  });

  test("a killed process leaves only empty folders, and the next start removes them", async () => {
    const world = await openWorld();
    const left = join(world.stateDir, "sandbox-999999999-gone");
    mkdirSync(left);
    mkdirSync(join(world.root, ".vscode"));
    mkdirSync(join(world.root, ".git"));
    world.put(".git/config", "mine");
    writeFileSync(join(left, "placeholders.json"), JSON.stringify([join(world.root, ".vscode"), join(world.root, ".git")]));
    const processes = await openProcesses({ stateDir: world.stateDir });
    const next = await createSandbox({
      roots: [world.root],
      stateDir: world.stateDir,
      home: world.home,
      settings: parseSandboxSettings({}).settings,
      programs: processes.programs,
      protectedName,
    });
    expect([world.has(".vscode"), world.has(".git/config"), existsSync(left)]).toEqual([false, true, false]);
    await next.dispose();
  });

  test("without bwrap, without socat, with a bwrap that fails: a problem with the next step, and nothing runs", async () => {
    const empty = (await openWorld()).outside;
    const fake = join(empty, "bin");
    mkdirSync(fake);
    for (const name of ["bash", "bwrap"]) symlinkSync(name === "bash" ? "/bin/bash" : "/bin/false", join(fake, name));
    const cases = [
      { folders: [empty], settings: {}, expected: /bubblewrap and bash not found.*/ },
      { folders: [fake], settings: { network: { allowedDomains: ["a.example"] } }, expected: /socat/ },
      { folders: [fake], settings: {}, expected: /bwrap does not start/ },
    ];
    for (const { folders, settings, expected } of cases) {
      const world = await openWorld(settings, { programFolders: folders });
      expect(world.sandbox.state).toBe("unavailable");
      expect(world.sandbox.reason?.message).toMatch(expected);
      expect(world.sandbox.reason?.next).toMatch(/commands ask meanwhile/);
      expect(world.sandbox.covers("ls")).toBe(false);
      expect(await world.sandbox.wrap({ file: "/bin/true", args: [], cwd: "/" })).toEqual(world.sandbox.reason);
    }
  });

  test("a sandbox that breaks later fails the command, it never runs bare", async () => {
    const world = await openWorld();
    const place = readdirSync(world.stateDir).find((name) => name.startsWith("sandbox-"));
    chmodSync(join(world.stateDir, place ?? "", "filter"), 0o600);
    writeFileSync(join(world.stateDir, place ?? "", "filter"), "");
    const outcome = await world.run("touch ran");
    expect(outcome.exitCode).not.toBe(0);
    expect(world.has("ran")).toBe(false);
  });

  test("on another platform there is none", async () => {
    const world = await openWorld({}, { platform: "win32" });
    expect(world.sandbox.reason?.message).toMatch(/none for win32/);
  });

  test("what it keeps is gone after dispose", async () => {
    const world = await openWorld();
    await world.run("echo x > /tmp/f");
    await world.sandbox.dispose();
    expect(readdirSync(world.stateDir).filter((name) => name.startsWith("sandbox-"))).toEqual([]);
    expect(lstatSync(world.root).isDirectory()).toBe(true);
  });
});
