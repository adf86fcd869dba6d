const programs = new Set(
  "curl wget ssh scp sftp rsync ftp telnet nc ncat netcat socat gh glab hub ping dig nslookup host whois traceroute openssl mail sendmail aws gcloud az kubectl helm docker podman terraform heroku fly vercel netlify firebase xdg-open open twine http https xh".split(
    " ",
  ),
);
const publishing: Record<string, RegExp> = {
  git: /^(?:push|fetch|pull|clone|ls-remote|send-email|request-pull|submodule|remote)$/,
  npm: /^(?:publish|login|adduser|token|unpublish|deprecate|dist-tag|owner|access)$/,
  pnpm: /^(?:publish)$/,
  yarn: /^(?:publish|npm)$/,
  cargo: /^(?:publish|login|yank|owner)$/,
  gem: /^(?:push|yank)$/,
  poetry: /^(?:publish)$/,
  uv: /^(?:publish)$/,
  mvn: /^(?:deploy.*)$/,
};

/** Words for people when a command can carry data out of the machine (SR-42). */
export function outwardCommand(words: readonly string[]): string | undefined {
  const name = words[0] ?? "";
  if (programs.has(name)) return `${name} can send data out`;
  const verbs = Object.hasOwn(publishing, name) ? publishing[name] : undefined;
  const verb = words.slice(1).find((word) => !word.startsWith("-"));
  return verbs && verb !== undefined && verbs.test(verb) ? `${name} ${verb} can send data out` : undefined;
}
