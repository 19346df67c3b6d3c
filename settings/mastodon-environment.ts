/** The settings of Mastodon's environment, from the list of its variables. */
import { z } from 'zod';
import { group, ONE_LINE, secret, type Secret } from './kinds';
import { VARIABLES } from './mastodon-variables';
import type { Use, Variable } from './mastodon-variables/variable';
import { setCommand } from './problem';

/** Values by the variables' names; secret ones are sealed. */
type Values = Readonly<Record<string, string | Secret>>;

/** Why a variable can't be given here and what to do instead, as the end of a sentence that begins with its name. */
export function refusalOf(use: Use, isSecret = false): string | undefined {
  switch (use.by) {
    case 'administrator':
      return undefined;
    case 'setting': {
      const command = isSecret ? `pulumi config set --secret --path ${use.setting}` : setCommand(use.setting);
      return `is what the setting ${use.setting} is for: ${command}`;
    }
    case 'program':
      return `belongs to the program: ${use.why}`;
    case 'nobody':
      return `can't be given: ${use.why}`;
  }
}

function field({ about, kind, use, secret: isSecret, default: value }: Variable): z.ZodType {
  const refusal = refusalOf(use, isSecret);
  if (refusal !== undefined) {
    return z.never({ error: refusal }).optional().meta({ description: refusal, confidential: true });
  }
  const derived = value === undefined ? 'none' : `\`${value}\``;
  return kind.schema.optional().meta({ description: about, derived, ...(isSecret && { secret: true }) });
}

const fields = Object.entries(VARIABLES).map(([name, variable]) => [name, field(variable)] as const);

export const environment = (
  group(Object.fromEntries(fields) as Record<string, z.ZodType<Values[string]>>) as z.ZodType<Values>
).meta({
  description:
    "Variables of Mastodon's environment by their names, as upstream documents them. Set secret ones with `--secret`.",
  derived: "Mastodon's own",
  page: 'mastodon-variables.md',
  others:
    'docs/mastodon-variables.md lists all that there are; one of a fork goes into mastodon.extraEnvironment',
});

const NAME = /^[A-Za-z_]\w*$/;

/** What a fork reads may be anything, a secret as well. */
const extraValue = z
  .preprocess((given) => (typeof given === 'string' ? given : JSON.stringify(given)), secret)
  .meta({ description: 'Its value.', secret: true, confidential: true });

export const extraEnvironment = z
  .record(z.string(), extraValue, 'expected an object of variables and their values')
  .superRefine((given, context) => {
    for (const name of Object.keys(given)) {
      const problem = VARIABLES[name]
        ? `is a variable of Mastodon's own; it goes into mastodon.environment.${name}`
        : NAME.test(name)
          ? undefined
          : 'is no name of a variable: expected letters, digits and _';
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [name], message: problem });
    }
  })
  .default({})
  .meta({
    description: `Variables that Mastodon itself does not have, such as a fork's, by their names: all of its processes get them. All values are kept as secrets; ${ONE_LINE.replace('expected ', '')}.`,
    derived: 'none',
  });
