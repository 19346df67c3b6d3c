/** A server whose machine is replaced, and that goes. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../timing';
import { LocalServer } from './localServer';

jest.setTimeout(600_000);

let server: LocalServer;

beforeAll(async () => {
  server = await LocalServer.served();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

describe('a server that pulumi up has made', () => {
  test('goes on from its backup on a new machine when generation is raised', async () => {
    const visitor = await server.owner();
    await visitor.api('POST', '/api/v1/statuses', { status: 'Written on the first machine' });
    // Ends the current segment of the log and returns once it is in the bucket.
    await server.sudo('-u postgres pgbackrest --stanza=mastodon check');

    await server.stack.setConfig({ generation: 2 });
    await server.stack.up();
    expect(await server.ssh('alice', 'hostname')).toBe('mastodon-test-2\n');
    expect((await visitor.get('/api/v1/timelines/public')).body).toContain('Written on the first machine');
    expect(readdirSync(join(server.cloud.stateFolder, 'machines'))).toHaveLength(1);
    await server.stack.preview({ expectNoChanges: true });
  });

  test('goes, and leaves nothing', async () => {
    const { buckets } = await server.outputs();
    // The firewall counts the machine for a while after it is gone: the provider's issue 410.
    await server.stack.destroy().catch(() => sleep(10_000).then(() => server.stack.destroy()));
    expect(readdirSync(join(server.cloud.stateFolder, 'machines'))).toEqual([]);
    expect(execFileSync('losetup', ['--list', '--noheadings']).toString()).not.toContain(server.folder);
    expect(existsSync(join(server.cloud.stateFolder, 'objectstore', 'buckets', buckets.media.name))).toBe(
      false,
    );
  });
});
