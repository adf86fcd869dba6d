import { shellLimits } from "./limits";

export interface TextProblem {
  verdict: "deny" | "ask";
  reason: string;
}

const control = /[\u0001-\u0008\u000b-\u001f\u007f-\u009f]/;
const blanks = /[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
/** U+FE0F only makes an emoji colourful. */
const invisible = /(?!\ufe0f)[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** A line that a person cannot read as the shell does is never allowed by itself. */
export function checkCommandText(text: string): TextProblem | null {
  if (text.includes("\0")) return { verdict: "deny", reason: "the command holds a NUL character, which no shell takes" };
  if (lone.test(text)) return { verdict: "deny", reason: "the command is not valid Unicode" };
  if (text.length > shellLimits.maxCharacters) return { verdict: "deny", reason: "the command is too long for anybody to judge" };
  if (text.split(/\$\(|[<>]\(|`|\$\{|<</, shellLimits.maxSubstitutions + 2).length > shellLimits.maxSubstitutions + 1) {
    return { verdict: "deny", reason: "the command holds too many substitutions to be judged" };
  }
  if (control.test(text)) return { verdict: "ask", reason: "the command holds control characters (shown escaped)" };
  if (blanks.test(text)) return { verdict: "ask", reason: "the command holds blanks that are not blanks for the shell" };
  if (invisible.test(text)) return { verdict: "ask", reason: "the command holds invisible characters" };
  if (text.length > shellLimits.askCharacters) return { verdict: "ask", reason: "the command is longer than 10,000 characters" };
  if (text.trim() === "") return { verdict: "ask", reason: "the command is empty" };
  return null;
}
