/** A server in a real browser. */
import { postInBrowser, seeMachines } from '../support/machine/browser';
import { DOMAIN, LocalServer } from '../support/machine/local-server';

jest.setTimeout(600_000);

let server: LocalServer;

beforeAll(async () => {
  server = await LocalServer.served();
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

describe('a server that pulumi up has made', () => {
  test('is used in a browser: the owner logs in, posts with a picture, and sees it from the media host', async () => {
    const seen = await postInBrowser(server, 'The second one, with a picture from the bucket.');
    expect(seen.text).toContain('The second one');
    expect(new URL(seen.picture).host).toBe(`files.${DOMAIN}`);
    expect(seen.pixels).toBeGreaterThan(100);
    expect(await seeMachines(server)).toContain((await server.outputs()).publicAddress);
  });
});
