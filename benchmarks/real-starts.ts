/** `pulumi up` from nothing where each start of Rails takes as long as real Mastodon's. */
import { firstUp, onServer, script, SLOT } from './local-server';
import { startCloud } from '../local/cloud';
import { LocalStack } from '../local/stack';
import { ensureToolchain } from '../local/toolchain';
import { repeat, type Section } from './figures';

/** Processor seconds on top of the stand-in's own two: real Mastodon 4.6 took twelve. */
const env = { STANDIN_START_SECONDS: '10' };

/** Containers of Mastodon's image that were started, and ended again: Rails for one task. The services' own continue. */
const TASKS =
  "sudo podman events --stream=false --since 2h --filter event=died --format '{{.Image}}' | grep -c mastodon-web";

export const realStarts: Section = {
  title: 'A server whose Rails starts as slowly as the real one',
  run: async (runs) => {
    const ups = await repeat(runs, async () => {
      await script('down', env);
      const { up } = await firstUp(env);
      return { up, tasks: await tasks() };
    });
    await script('down', env);
    return [
      {
        name: '`pulumi up` from nothing to HTTPS',
        unit: 's',
        values: ups.map(({ up }) => up),
        aim: 150,
        note: 'It was 224 s with real Mastodon 4.6.5 on such a computer, before `up` had Rails do several tasks in one process.',
      },
      {
        name: 'starts of Rails for tasks of `up`',
        unit: 'starts',
        values: ups.map((run) => run.tasks),
        aim: 2,
      },
    ];
  },
};

async function tasks(): Promise<number> {
  const stack = new LocalStack(await startCloud({ slot: SLOT }), await ensureToolchain());
  const { publicAddress } = await stack.outputs();
  return Number(await onServer(publicAddress, stack.sshKeyFile('alice'), TASKS));
}
