/** What `doctor` says of the domains of the administrators' addresses. */
import { recipients } from '../../cli/doctor/mail';
import type { Outside } from '../../cli/doctor/probe';
import type { Context } from '../../cli/doctor/finding';

interface Zone {
  readonly mailServers?: Readonly<Record<string, readonly string[]>>;
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  readonly addresses6?: Readonly<Record<string, readonly string[]>>;
}

/** In a world with these names alone. */
const told = (zone: Zone, ...emails: readonly string[]) => {
  const of =
    (records: Zone[keyof Zone] = {}) =>
    (name: string) =>
      Promise.resolve(records[name] ?? []);
  const outside = {
    mailServers: of(zone.mailServers),
    addresses: of(zone.addresses),
    addresses6: of(zone.addresses6),
  } as unknown as Outside;
  const administrators = emails.map((email) => ({ email }));
  return recipients({ settings: { administrators }, outside } as unknown as Context);
};

test.each<[string, Zone]>([
  ['a mail server with an address', { mailServers: { 'a.example': ['mx.b.example'] }, addresses: { 'mx.b.example': ['192.0.2.1'] } }],
  ['an address of its own', { addresses: { 'a.example': ['192.0.2.1'] } }],
  ['an address of IPv6 alone', { addresses6: { 'a.example': ['2001:db8::1'] } }],
  ['a second mail server that has one', { mailServers: { 'a.example': ['gone.example', 'mx.b.example'] }, addresses6: { 'mx.b.example': ['2001:db8::1'] } }],
])('a domain with %s can get mail', async (_, zone) => {
  expect(await told(zone, 'alice@a.example')).toEqual({ verdict: 'ok', text: 'a.example can get mail' });
}); // prettier-ignore

test.each<[string, Zone]>([
  ['no record at all', {}],
  ['a mail server without an address', { mailServers: { 'a.example': ['gone.example'] } }],
])('a domain with %s is named, with what to do', async (_, zone) => {
  expect(await told(zone, 'alice@a.example')).toMatchObject({
    verdict: 'bad',
    text: expect.stringMatching(/^a\.example has no MX record that leads to an address/) as string,
    remedy: expect.stringContaining('administrators[].email') as string,
  });
});

test('each domain is looked at, and once', async () => {
  const zone = { addresses: { 'a.example': ['192.0.2.1'] } };
  const found = await told(zone, 'alice@a.example', 'bob@b.example', 'carol@a.example');
  expect(found.text).toMatch(/^b\.example has no MX/);
  expect((await told(zone, 'alice@a.example', 'carol@a.example')).text).toBe('a.example can get mail');
});
