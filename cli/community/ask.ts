/** What the machine's side of the community answers. */
import type { RemoteMachine } from '../lib/ssh';

/**
 * The answer of `/usr/local/lib/mastodon/community`: `read`, what the server has; `drift`, what was changed in the web interface;
 * `severs`, how many follows each suspension would end.
 * @param input  a file descriptor with what the question is about. Default: nothing
 */
export async function ask<Answer>(
  machine: RemoteMachine,
  question: 'read' | 'drift' | 'severs',
  input: 'ignore' | number = 'ignore',
): Promise<Answer> {
  const command = ['sudo', '/usr/local/lib/mastodon/community', question];
  return JSON.parse(await machine.run(command, { input, output: 'text' })) as Answer;
}
