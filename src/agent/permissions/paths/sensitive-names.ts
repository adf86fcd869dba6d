import { foldName } from "./protected-names";

const folders = new Set([
  ".ssh",
  ".gnupg",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".gcloud",
  ".password-store",
  ".vault",
  ".secrets",
]);

const files: RegExp[] = [
  /^\.env(?:$|[._-])/,
  /^[\w.-]+\.env$/,
  /^\.envrc$/,
  /\.(?:pem|key|p12|pfx|pkcs12|p8|jks|keystore|kdbx?|ppk|gpg|pgp|ovpn|mobileprovision|tfstate|tfvars|agekey|keychain|keychain-db)(?:\.backup)?$/,
  /^(?:id|ssh_host)_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk|xmss)(?:_.*)?(?:_key)?$/,
  /^[._]netrc$|^\.pgpass$|^\.my\.cnf$|^\.npmrc$|^\.yarnrc\.yml$|^\.pypirc$|^\.git-credentials$|^\.htpasswd$|^\.dockercfg$|^\.dockerconfigjson$/,
  /^\.?credentials(?:\.(?:json|ya?ml|toml|ini|csv|db|xml|properties))?$/,
  /^\.?secrets?(?:\.(?:json|ya?ml|toml|ini|env|properties|txt|xml))?$/,
  /^(?:secret|credential|token|password)s?[._-].*\.(?:json|ya?ml|toml|env|txt)$/,
  /^\.?(?:vault[-_])?(?:pass|password|token|auth[-_]?token|api[-_]?key)s?(?:\.txt|\.json)?$/,
  /^\.vault-token$|^\.vault[-_]pass(?:\.txt)?$/,
  /^(?:gcp-|google-)?(?:service[-_]?account|application_default_credentials|client_secret|firebase-adminsdk).*\.json$/,
  /^(?:shadow|gshadow|master\.passwd)-?$/,
  /^\.(?:bash|zsh|sh|python|psql|mysql|node_repl|sqlite|rediscli|irb)_history$|^\.histfile$/,
  /^(?:kubeconfig|\.kubeconfig|.*\.kubeconfig)$/,
  /^\.terraformrc$|^terraform\.rc$|^credentials\.tfrc\.json$/,
  /^(?:login data|cookies|key[34]\.db|logins\.json|wallet\.dat)$/,
  /^\.s3cfg$|^\.boto$|^\.rclone\.conf$|^rclone\.conf$|^\.mailrc$|^\.smbcredentials$|^hosts\.yml\.secret$|^master\.key$/,
];

const harmless =
  /\.(?:example|sample|template|tmpl|dist|defaults?|schema)(?:\.\w+)?$|\.pub$|^\.env\.d\.ts$|^\.?secrets?\.(?:ts|js|py|go|rs|md)$|(?:^|\.)env\.(?:ts|js|mjs|cjs|py|go|rs|d\.ts)$/;

/** Reading it would send a secret to the model provider (SR-53). */
export function sensitiveName(path: string): string | undefined {
  const names = path.split("/").filter(Boolean);
  const folded = names.map(foldName);
  const last = folded.at(-1);
  const folder = folded.findIndex((name) => folders.has(name));
  if (folder >= 0 && !(last ?? "").endsWith(".pub")) return names[folder];
  if (last === undefined || harmless.test(last)) return undefined;
  return files.some((pattern) => pattern.test(last)) ? names.at(-1) : undefined;
}

/** Could a file-name pattern mean a secret file? Hidden files need an explicit dot, as in the shell. */
export const secretSamples = [
  ".env",
  ".env.local",
  ".env.production",
  ".npmrc",
  ".netrc",
  ".git-credentials",
  "id_rsa",
  "id_ed25519",
  "server.key",
  "server.pem",
  "cert.p12",
  "credentials",
  "credentials.json",
  "secrets.yml",
  "secrets.json",
  "terraform.tfstate",
  "prod.tfvars",
  ".pgpass",
  ".htpasswd",
];
