import { readFileSync } from "node:fs";
import type * as Tls from "node:tls";

export interface Certificates {
  /** undefined = Node's own list, which costs nothing. */
  current(): Promise<Tls.SecureContext | undefined>;
  /** A certificate was not trusted: adds the system's own authorities. False = they were there already. */
  widen(): Promise<boolean>;
}

/** Reading the system's store takes long on some machines: it is done when a certificate is not known, not before. */
export function certificates(extra: readonly string[], environment: Record<string, string | undefined> = {}): Certificates {
  let context: Promise<Tls.SecureContext> | undefined;
  let wide = false;
  return {
    current() {
      if (extra.length > 0) context ??= contextOf(extra, []);
      return Promise.resolve(context);
    },
    async widen() {
      if (wide) return false;
      wide = true;
      const named = environment["NODE_EXTRA_CA_CERTS"];
      context = contextOf([...extra, ...(named ? [named] : [])], ["system"]);
      return true;
    },
  };
}

/** node:tls takes time to load: only when something is to be secured. */
async function contextOf(extra: readonly string[], stores: "system"[]): Promise<Tls.SecureContext> {
  const tls = await import("node:tls");
  const authorities = ["default" as const, ...stores].flatMap((store) => authoritiesOf(tls, store));
  return tls.createSecureContext({ ca: [...authorities, ...extra.flatMap(pem)] });
}

/** A file that cannot be read or parsed adds nothing: the connection then fails with the certificate's own error. */
function pem(textOrFile: string): string[] {
  try {
    const text = textOrFile.includes("-----BEGIN") ? textOrFile : readFileSync(textOrFile, "utf8");
    return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  } catch {
    return [];
  }
}

/** Since Node 22.15; before it only the bundled list is known. */
function authoritiesOf(tls: typeof Tls, kind: "default" | "system"): string[] {
  const list = (tls as { getCACertificates?: (kind: string) => string[] }).getCACertificates;
  if (list) return list(kind);
  return kind === "default" ? [...tls.rootCertificates] : [];
}
