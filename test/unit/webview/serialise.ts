import { options, type ComponentChild, type ComponentType, type VNode } from "preact";

/**
 * VNodes as text with every prop a browser would see, functions left out. Components are called plainly,
 * with hooks served by a stand-in component, so that no DOM is needed.
 */
export function serialise(child: ComponentChild | readonly ComponentChild[]): string {
  if (child === null || child === undefined || typeof child === "boolean") return "";
  if (Array.isArray(child)) return child.map((one) => serialise(one as ComponentChild)).join("");
  if (typeof child !== "object") return escape(String(child));
  const vnode = child as VNode<Record<string, unknown>>;
  if (typeof vnode.type === "function") return serialise(call(vnode));
  const { children, ...props } = vnode.props;
  const attributes = Object.entries(props).flatMap(([name, value]) =>
    typeof value === "function" || value === undefined || value === false ? [] : [` ${name}="${escape(String(value))}"`],
  );
  return `<${vnode.type}${attributes.join("")}>${serialise(children as ComponentChild)}</${vnode.type}>`;
}

function call(vnode: VNode<Record<string, unknown>>): ComponentChild {
  const type = vnode.type as ComponentType & ((props: unknown) => ComponentChild);
  const before = hooks.render ?? hooks.__r;
  const stand = { __c: undefined as unknown, props: vnode.props, state: {}, __h: [], setState: () => undefined, context: {} };
  const view = { ...vnode, __c: stand };
  stand.__c = stand;
  before?.(view as unknown as VNode);
  return type(vnode.props);
}

const hooks = options as unknown as { render?: (vnode: VNode) => void; __r?: (vnode: VNode) => void };
const escape = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
