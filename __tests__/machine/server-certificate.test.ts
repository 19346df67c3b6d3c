/** The certificate is renewed, and who runs the server hears of it when it is not. */
import { registerAcmeAccount } from '../support/machine/acme-account';
import { tlsOf } from '../support/machine/connections';
import { eventually } from '../support/eventually';
import { DOMAIN, LocalServer } from '../support/machine/local-server';
import { whatFailed } from '../support/machine/what-failed';

jest.setTimeout(600_000);

let server: LocalServer;

beforeAll(async () => {
  server = await LocalServer.served();
  await registerAcmeAccount(server);
}, 1_800_000);

afterAll(() => server.remove(), 120_000);

describe('a server that pulumi up has made', () => {
  test('renews its certificate and serves the new one', async () => {
    const serial = async () => (await tlsOf(server)).getPeerCertificate().serialNumber;
    const before = await serial();
    await eventually('Pebble accepts a nonce', async () => {
      await server.sudo('certbot renew --quiet --force-renewal --no-random-sleep-on-renew');
      return true;
    });
    // nginx lets its old processes finish what they are at.
    await eventually('the new certificate is served', async () => (await serial()) !== before, 10);
  });

  test('shows a failed renewal until one succeeds', async () => {
    await server.sudo(`sed -i '1i renew_before_expiry = 9000 days' /etc/letsencrypt/renewal/mastodon.conf`);
    await server.sudo(`sh -c 'echo 127.0.0.1 acme.civo.test >>/etc/hosts'`);
    await expect(server.sudo('systemctl start certbot.service')).rejects.toThrow();
    await eventually('the alert', async () =>
      (await server.ssh('bob', 'cat /var/lib/mastodon/alerts/*')).includes('certbot.service failed'),
    );
    await server.sudo(`sed -i '/acme.civo.test/d' /etc/hosts`);
    await eventually('a renewal', async () => {
      await server.sudo('systemctl start certbot.service');
      return true;
    });
    await eventually('no alert', async () => (await server.ssh('bob', 'ls /var/lib/mastodon/alerts')) === '');
    await server.sudo(`sed -i '/renew_before_expiry/d' /etc/letsencrypt/renewal/mastodon.conf`);
  });

  test('shows that nginx has not loaded a renewed certificate, until it has', async () => {
    const alert = async () => {
      await server.sudo('systemctl start mastodon-watch');
      return server.ssh('bob', 'cat /var/lib/mastodon/alerts/certificate 2>/dev/null || echo none');
    };
    await server.root('echo broken >/etc/nginx/sites-enabled/broken.conf');
    await eventually('Pebble accepts a nonce', async () => {
      await server.sudo('certbot renew --quiet --force-renewal --no-random-sleep-on-renew');
      return true;
    });
    expect(await alert()).toContain(`for files.${DOMAIN}: sudo nginx -t, then sudo systemctl reload nginx`);
    await server.root('rm /etc/nginx/sites-enabled/broken.conf && systemctl reload nginx');
    await eventually('no alert', async () => (await alert()) === 'none\n');
  });

  test('asks no authority while an AAAA record leads elsewhere, and says which', async () => {
    const records = [{ name: `files.${DOMAIN}`, type: 'AAAA' as const, value: '2001:db8::1' }];
    await server.fail({ service: 'dns', fault: 'left-over', records });
    await server.sudo('rm -f /var/lib/mastodon/done/certificate');
    await expect(server.sudo('converge')).rejects.toThrow(`files.${DOMAIN} also leads to 2001:db8::1`);
    await server.fail();
    await server.sudo('converge');
  });

  test('asks no authority that a CAA record forbids', async () => {
    const records = [{ name: DOMAIN, type: 'CAA' as const, value: '0 issue "digicert.example"' }];
    await server.fail({ service: 'dns', fault: 'left-over', records });
    await server.sudo('rm -f /var/lib/mastodon/done/certificate');
    await expect(server.sudo('converge')).rejects.toThrow(`${DOMAIN} CAA 0 issue "acme.civo.test"`);
    await server.fail();
    await server.sudo('converge');
  });

  test('asks no authority while the domain is not delegated, and says what to enter at the registrar', async () => {
    const step = '/usr/local/lib/mastodon/bundle/steps/2-handover/66-names.sh';
    await server.fail({ service: 'dns', fault: 'undelegated' });
    await server.root(`rm -f /var/lib/mastodon/done/certificate
      sed -i.was 's/SECONDS + 900/SECONDS + 5/' ${step}
      resolvectl flush-caches 2>/dev/null || true`);
    await expect(server.sudo('converge')).rejects.toThrow(
      `At the registrar of ${DOMAIN}, enter the name servers ns0.civo.com and ns1.civo.com`,
    );
    await server.fail();
    await server.root(`mv ${step}.was ${step}`);
    await server.sudo('converge');
  });

  test('runs nothing that failed once its certificate is renewed', async () => {
    expect(await whatFailed(server)).toBe('');
  });
});
