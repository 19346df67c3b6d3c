/** Administrators are notified of what endangers the backups. */
import { DOMAIN } from '../support/machine/local-server';
import { RecoverableServer } from '../support/machine/recoverable-server';

jest.setTimeout(300_000);

const site = new RecoverableServer();
const { alerts, start, sudo } = site;
beforeAll(async () => {
  await site.up();
  await start('proof');
}, 900_000);
afterAll(() => site.remove(), 120_000);

describe('alerts', () => {
  const told = () => site.listeners.mails.filter(({ text }) => text.includes('age-of-proof'));

  test('are silent when all is well, and the dead-man switch is fetched', async () => {
    await start('watch');
    expect(await alerts()).toEqual([]);
    const pings = site.listeners.pings;
    await start('watch');
    expect(site.listeners.pings).toBe(pings + 1);
  });

  test('of an old proof reach every administrator by mail, and the webhook, once', async () => {
    await sudo(`sed -i 's/"lastPassed": [0-9]*/"lastPassed": 1700000000/' /var/lib/mastodon/proof.json`);
    const pings = site.listeners.pings;
    await start('watch');
    await start('watch');
    expect(await alerts()).toEqual(['age-of-proof']);
    expect(told()).toHaveLength(1);
    const [mail] = told();
    expect(mail?.to).toEqual([`alice@${DOMAIN}`, `bob@${DOMAIN}`]);
    expect(mail?.encrypted).toBe(true);
    expect(mail?.text).toMatch(/Subject: \[mastodon\.test\] alert raised: age-of-proof/);
    expect(mail?.text).toMatch(
      /The last proof that the backups can be restored is \d+ days old; expected at most 8 days/,
    );
    expect(site.listeners.hooks).toContainEqual(
      expect.objectContaining({ state: 'raised', name: 'age-of-proof' }),
    );
    expect(site.listeners.pings).toBe(pings);
  });

  test('say when it is over', async () => {
    await start('proof');
    await start('watch');
    expect(told().at(-1)?.text).toContain('alert cleared: age-of-proof');
    expect(told()).toHaveLength(2);
  });

  test('that could not be mailed are mailed later', async () => {
    await sudo(`sed -i 's/ ${site.server.smtp.host}/ not.${site.server.smtp.host}/' /etc/hosts`);
    await sudo('/usr/local/lib/mastodon/alert raise drill A-drill');
    expect(site.listeners.mails.filter(({ text }) => text.includes('A-drill'))).toHaveLength(0);
    await sudo(`sed -i 's/ not.${site.server.smtp.host}/ ${site.server.smtp.host}/' /etc/hosts`);
    await start('watch');
    expect(site.listeners.mails.filter(({ text }) => text.includes('A-drill'))).toHaveLength(1);
    await sudo('/usr/local/lib/mastodon/alert clear drill');
  });

  test('of a page that the disk changed name the runbook, and a backup of it fails', async () => {
    await site.sql('CREATE TABLE broken AS SELECT generate_series(1, 1000) AS n');
    const file = await site.sql("SELECT pg_relation_filepath('broken')");
    await site.server.root(`
      systemctl stop postgresql@17-main
      printf rotten | dd of=/var/lib/postgresql/17/main/${file} bs=1 seek=5000 conv=notrunc status=none
      /usr/local/lib/mastodon/start-database`);
    await expect(site.sql('SELECT count(*) FROM broken')).rejects.toThrow(/invalid page/);
    await start('watch');
    expect(await alerts()).toContain('page-checksums');
    expect((await site.server.operation('status')).said).toMatch(/page-checksums +on, [1-9]\d* wrong pages/);
    await expect(start('backup')).rejects.toThrow();
    expect(await sudo('journalctl --unit mastodon-backup --output cat')).toMatch(
      /pages of the database have wrong checksums[^]*is never restored/,
    );

    await site.sql('DROP TABLE broken');
    await site.sql('SELECT pg_stat_reset()');
    await site.fullBackup();
    await start('backup');
    await start('watch');
    expect(await alerts()).toEqual([]);
  });
});
