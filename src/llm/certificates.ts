import { readFileSync } from "node:fs";
import * as tls from "node:tls";

export interface Certificates {
  /** undefined = Node's own list, which costs nothing. */
  current(): tls.SecureContext | undefined;
  /** A certificate was not trusted: adds the system's own authorities. False = they were there already. */
  widen(): boolean;
}

/** Reading the system's store takes long on some machines: it is done when a certificate is not known, not before. */
export function certificates(extra: readonly string[], environment: Record<string, string | undefined> = {}): Certificates {
  let context = extra.length === 0 ? undefined : contextOf(extra.flatMap(pem));
  let wide = false;
  return {
    current: () => context,
    widen() {
      if (wide) return false;
      wide = true;
      const named = environment["NODE_EXTRA_CA_CERTS"];
      context = contextOf([...extra, ...(named ? [named] : [])].flatMap(pem).concat(authorities("system")));
      return true;
    },
  };
}

const contextOf = (more: string[]): tls.SecureContext => tls.createSecureContext({ ca: [...authorities("default"), ...more] });

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
function authorities(kind: "default" | "system"): string[] {
  const list = (tls as { getCACertificates?: (kind: string) => string[] }).getCACertificates;
  if (list) return list(kind);
  return kind === "default" ? [...tls.rootCertificates] : [];
}
