/** A filter in the kernel's own form: 8 bytes an instruction. Null where the numbers of the calls are not known. */
export function seccompFilter(arch: string): Buffer | null {
  const calls = CALLS[arch];
  if (!calls) return null;
  const denied = Object.values(calls.denied);
  // Distances are counted from the next instruction: the tail is [allow families…, refuse family, allow, refuse].
  const program: Instruction[] = [
    [LOAD, 0, 0, 4],
    [EQUAL, 1, 0, calls.audit],
    [RETURN, 0, 0, REFUSED],
    [LOAD, 0, 0, 0],
    // The second set of numbers of the same machine would pass by every comparison below.
    [AT_LEAST, 0, 1, 0x4000_0000],
    [RETURN, 0, 0, REFUSED],
    ...denied.flatMap((number): Instruction[] => [
      [EQUAL, 0, 1, number],
      [RETURN, 0, 0, REFUSED],
    ]),
    [EQUAL, 1, 0, calls.socket],
    [RETURN, 0, 0, ALLOWED],
    [LOAD, 0, 0, 16],
    ...FAMILIES.flatMap((family): Instruction[] => [
      [EQUAL, 0, 1, family],
      [RETURN, 0, 0, ALLOWED],
    ]),
    [RETURN, 0, 0, NO_FAMILY],
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [at, [code, yes, no, value]] of program.entries()) {
    bytes.writeUInt16LE(code, at * 8);
    bytes.writeUInt8(yes, at * 8 + 2);
    bytes.writeUInt8(no, at * 8 + 3);
    bytes.writeUInt32LE(value, at * 8 + 4);
  }
  return bytes;
}

/** Operation, steps when true, steps when false, value. */
type Instruction = [code: number, yes: number, no: number, value: number];

const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOWED = 0x7fff_0000;
const REFUSED = 0x0005_0001; // EPERM
const NO_FAMILY = 0x0005_0061; // EAFNOSUPPORT

/** inet, inet6 and netlink end at the sandbox's own network; unix and vsock sockets would lead out of it. */
const FAMILIES = [2, 10, 16];

/** io_uring opens sockets without the call; keyrings, bpf and perf are not separated by namespaces. */
const CALLS: Record<string, { audit: number; socket: number; denied: Record<string, number> }> = {
  x64: {
    audit: 0xc000_003e,
    socket: 41,
    denied: {
      addKey: 248,
      requestKey: 249,
      keyctl: 250,
      perf: 298,
      bpf: 321,
      userfaultfd: 323,
      uringSetup: 425,
      uringEnter: 426,
      uringRegister: 427,
    },
  },
  arm64: {
    audit: 0xc000_00b7,
    socket: 198,
    denied: {
      addKey: 217,
      requestKey: 218,
      keyctl: 219,
      perf: 241,
      bpf: 280,
      userfaultfd: 282,
      uringSetup: 425,
      uringEnter: 426,
      uringRegister: 427,
    },
  },
};
