/** A value as `pulumi config` keeps it: objects and lists are JSON, everything else is text. */
export function jsonOrText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
