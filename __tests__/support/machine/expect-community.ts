import type { Community } from '../../../community-files/types';
import type { LocalServer } from './local-server';
import { pastCaches } from './past-caches';

/** A community of example.ts, or a part of it, is what a server shows. */
export async function expectCommunity(server: LocalServer, community: Community): Promise<void> {
  const get = async (path: string) => JSON.parse((await (await server.visitor()).get(path)).body) as unknown;
  expect(JSON.parse(await pastCaches(server, '/api/v2/instance'))).toMatchObject({
    title: 'Our place',
    contact: { account: { username: 'alice' } },
    registrations: { approval_required: true },
    rules: community.rules.map(({ text, hint, translations: [german] }) => ({
      ...{ text, hint },
      translations: { de: { text: german?.text } },
    })),
  });
  expect(await get('/api/v1/instance/terms_of_service')).toMatchObject({
    effective_date: community.terms?.effectiveDate,
  });
  expect(await get('/api/v1/instance/privacy_policy')).toMatchObject({ content: '<p>We keep little.</p>' });
  const { length } = community.domainBlocks;
  expect(await server.sql('SELECT count(*) FROM domain_blocks')).toBe(String(length));
}
