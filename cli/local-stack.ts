/** The stack of `make local`, which describes itself in a file of its state folder: this program imports nothing of local/. */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { CHECKOUT } from './lib/checkout';
import { OperationError } from './lib/pulumi-cli';

/** What `local/stack.ts` writes. */
const Description = z.object({
  stack: z.string(),
  configFile: z.string(),
  /** The administrator whose key is in `key`. */
  admin: z.string(),
  key: z.string(),
  /** Added to the environment. */
  env: z.record(z.string(), z.string()),
  /** Put before PATH. */
  path: z.array(z.string()),
});

export type LocalStack = z.infer<typeof Description>;

/** @throws OperationError if there is no local stack in the slot of LOCAL_SLOT */
export function readLocalStack(
  slot = process.env.LOCAL_SLOT ?? '0',
  folder = join(CHECKOUT, '.local'),
): LocalStack {
  if (!/^\d$/.test(slot))
    throw new OperationError(`LOCAL_SLOT is ${slot}; expected a whole number from 0 to 9.`);
  const file = join(folder, slot, 'stack.json');
  if (!existsSync(file)) {
    const prefix = slot === '0' ? '' : `LOCAL_SLOT=${slot} `;
    throw new OperationError(`There is no local stack in slot ${slot}. Start one: ${prefix}make local`);
  }
  return Description.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** An environment with that of the local stack in it. */
export function environmentOf({ env, path }: LocalStack, around: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = path.join(delimiter);
  const there = around.PATH ?? '';
  const PATH = there.startsWith(own) ? there : [own, there].filter(Boolean).join(delimiter);
  const others = { ...around };
  // It would win over the file.
  if (env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) delete others.PULUMI_CONFIG_PASSPHRASE;
  return { ...others, ...env, PATH };
}
