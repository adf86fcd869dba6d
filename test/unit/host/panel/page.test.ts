import { expect, test } from "vitest";
import { contentSecurityPolicy, page } from "../../../../src/host/panel/page";

const parts = {
  nonce: "n0nce",
  cspSource: "https://*.cdn.example",
  script: 'a.js"><script>',
  style: "a.css",
  language: "en",
  title: "<T>",
};

const directives = (policy: string): Record<string, string[]> =>
  Object.fromEntries(
    policy
      .split("; ")
      .map((one) => one.split(" "))
      .map(([name, ...sources]) => [name, sources]),
  );

test("the policy is the one of the requirement, no more and no less", () => {
  expect(directives(contentSecurityPolicy(parts))).toEqual({
    "default-src": ["'none'"],
    "script-src": ["'nonce-n0nce'"],
    "style-src": ["https://*.cdn.example", "'nonce-n0nce'"],
    "img-src": ["https://*.cdn.example", "data:"],
    "font-src": ["https://*.cdn.example"],
    "connect-src": ["'none'"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
    "frame-src": ["'none'"],
    "require-trusted-types-for": ["'script'"],
  });
});

test("the page carries that policy and escapes what it is given", () => {
  const html = page(parts);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
  expect(policy).toBe(contentSecurityPolicy(parts));
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).toContain("<title>&#60;T&#62;</title>");
  expect(html).not.toMatch(/unsafe-|https?:\/\/(?!\*\.cdn)/);
});
