/** An invalid setting. */
export interface Problem {
  /** Such as `smtp.port` or `administrators[0].name`. */
  readonly path: string;
  /** The value that was given; left out where it may be a secret. */
  readonly value?: unknown;
  /** What is wrong and what is expected, as the end of a sentence that begins with the setting. */
  readonly text: string;
}

/** `smtp.port = 0: expected a port`. */
export function sentence({ path, value, text }: Problem): string {
  const given = value === undefined ? '' : JSON.stringify(value);
  // A private key can be pasted into any setting by mistake.
  const shown = given === '' || given.includes('PRIVATE KEY') ? '' : ` = ${abbreviated(given)}`;
  return `${path}${shown}: ${text}`;
}

const abbreviated = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}…` : text);

/** The command that gives a setting its value, as it is typed into a shell. */
export function setCommand(path: string, value = 'VALUE'): string {
  return `pulumi config set ${/[.[]/.test(path) ? `--path '${path}'` : path} ${value}`;
}
