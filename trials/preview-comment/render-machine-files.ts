/**
 * `npx tsx trials/preview-comment/render-machine-files.ts FOLDER`: what the program in a folder brings to a machine, found by running it under
 * Pulumi's mocks with the settings on standard input. Every secret in it is made up.
 */
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import * as pulumi from '@pulumi/pulumi';
import { mockProgram, type Registered, settled } from '../program-mocks';
import type { Effects } from '../../cloud-init/effects';

export interface MachineSide {
  readonly effects: Effects;
  /** The shell archive that `converge` comes in. Empty for a program that refuses the settings. */
  readonly bundle: string;
}

async function machineSide(folder: string, settings: Record<string, unknown>): Promise<MachineSide> {
  const registered: Registered[] = [];
  await mockProgram(pulumi, settings, registered);
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { effects } = require(join(folder, 'index')) as { effects?: pulumi.Output<Effects> };
    await settled(pulumi);
    const converge = registered.find(({ name }) => name.endsWith('-converge'));
    return {
      effects: await new Promise((resolve) => pulumi.output(effects ?? {}).apply(resolve)),
      bundle: (converge?.inputs.stdin ?? '') as string,
    };
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) return { effects: {}, bundle: '' };
    throw error;
  }
}

async function main(folder = ''): Promise<void> {
  const settings = (await json(process.stdin)) as Record<string, unknown>;
  process.stdout.write(JSON.stringify(await machineSide(folder, settings)));
}

void main(process.argv[2]);
