/** A thousand domain blocks on a real machine: by one run of the code, and by the admin API one after the other. */
import { DOMAIN, LocalServer } from '../__tests__/support/machine/local-server';
import { exampleCommunity } from '../__tests__/support/community/example';
import { Visitor } from '../__tests__/support/visitor';
import { type Figure, repeat, seconds, type Section } from './figures';

/** Beside whatever `make local` made. */
const SLOT = 8;
const BLOCKS = 1_000;
const APPLIED = '1,000 blocks as code, over SSH';
const BY_API = '1,000 blocks by the admin API, one after the other';

const NOTHING = {
  roles: [],
  team: [],
  rules: [],
  settings: {},
  domainAllows: [],
  emailDomainBlocks: [],
  ipBlocks: [],
};

export const communityApply: Section = {
  title: 'The community as code, applied',
  ratios: [{ name: 'as code, against the API', of: APPLIED, to: BY_API, aim: 0.1 }],
  run: async (runs) => {
    const server = await LocalServer.prepare(SLOT);
    try {
      await server.stack.up();
      const visitor = await administrator(server);
      let applied = 0;
      const values = await repeat(runs, async () => {
        applied += BLOCKS;
        const code = await seconds(() => apply(server, applied));
        const again = await seconds(() => apply(server, applied));
        const api = await seconds(() => block(visitor, `api-${String(applied)}`));
        return { code, again, api };
      });
      return [
        {
          name: APPLIED,
          unit: 's',
          values: values.map(({ code }) => code),
          note: 'Inside the Rails that mastodon-rails.service keeps running for ten minutes; the largest figure has its start.',
        },
        { name: 'the same again, no change', unit: 's', values: values.map(({ again }) => again) },
        {
          name: BY_API,
          unit: 's',
          values: values.map(({ api }) => api),
          note: 'Over no network to speak of. Mastodon itself allows 1,500 calls in five minutes.',
        },
        { name: 'requests by the API', unit: 'calls', values: [BLOCKS] },
      ] satisfies Figure[];
    } finally {
      await server.stack.destroy().catch(() => undefined);
      await server.remove();
    }
  },
};

/** The first so many blocks: those of the runs before are there already. */
async function apply(server: LocalServer, blocks: number): Promise<void> {
  const { domainBlocks } = exampleCommunity(blocks);
  const input = JSON.stringify({ desired: { ...NOTHING, domainBlocks } });
  await server.ssh('alice', 'sudo /usr/local/lib/mastodon/community apply', { input });
}

async function administrator(server: LocalServer): Promise<Visitor> {
  const { publicAddress, owner } = await server.outputs();
  const visitor = new Visitor(DOMAIN, { host: publicAddress, port: 443, ca: server.ca });
  await visitor.signIn(owner.email, owner.password);
  await visitor.authorize('admin:write:domain_blocks');
  return visitor;
}

async function block(visitor: Visitor, prefix: string): Promise<void> {
  for (let index = 0; index < BLOCKS; index += 1) {
    const domain = `${prefix}-${String(index)}.example`;
    await visitor.api('POST', '/api/v1/admin/domain_blocks', {
      domain,
      severity: 'suspend',
      public_comment: 'Spam',
    });
  }
}
