import type { VNode } from "preact";

export const Icon = ({ name, spin }: { name: string; spin?: boolean }): VNode => (
  <span class={`codicon codicon-${name}${spin ? " codicon-modifier-spin" : ""}`} aria-hidden="true" />
);
