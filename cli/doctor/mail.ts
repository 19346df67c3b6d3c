/** The checks of what makes other servers take the server's mail. */
import type { PlainSettings } from '../../settings/types';
import { bad, type Context, type Finding, ok } from './finding';
import type { Outside } from './probe';

const senderDomain = ({ smtp }: PlainSettings) => /@([^>]+)>?$/.exec(smtp.from)?.[1] ?? '';

export async function spf({ settings, outside }: Context): Promise<Finding> {
  const domain = senderDomain(settings);
  const records = (await outside.texts(domain)).filter((text) => /^v=spf1( |$)/i.test(text));
  const [record = ''] = records;
  const remedy = `TXT record of ${domain}: "v=spf1 include:… -all", with what your relay ${settings.smtp.host} says (smtp.from decides the domain)`;
  if (records.length !== 1)
    return bad(`${domain} has ${String(records.length)} SPF records; expected one`, remedy);
  if (/[ +]\+?all$/i.test(record)) return bad(`${record} lets everybody send`, remedy);
  return ok(record);
}

export async function dkim({ settings, outside }: Context): Promise<Finding> {
  const { dkimSelector: selector } = settings.smtp;
  if (selector === undefined) {
    return {
      verdict: 'skipped',
      text: 'not looked at',
      remedy: 'Your relay shows the selector: pulumi config set --path smtp.dkimSelector NAME',
    };
  }
  const name = `${selector}._domainkey.${senderDomain(settings)}`;
  const found = (await outside.texts(name)).some((text) => /(^|;)\s*p=[A-Za-z0-9+/]/.test(text));
  return found
    ? ok(name)
    : bad(
        `${name} has no key`,
        `Create the record that your relay ${settings.smtp.host} shows, or correct smtp.dkimSelector`,
      );
}

/** The policy of the domain, or of one above it. */
export async function dmarc({ settings, outside }: Context): Promise<Finding> {
  const labels = senderDomain(settings).split('.');
  for (let i = 0; i < labels.length - 1; i++) {
    const name = `_dmarc.${labels.slice(i).join('.')}`;
    const [record] = (await outside.texts(name)).filter((text) => /^v=DMARC1\s*;/i.test(text));
    if (record !== undefined) return ok(`${name}: ${record}`);
  }
  return bad(
    `${senderDomain(settings)} has no policy`,
    `TXT record of _dmarc.${senderDomain(settings)}: "v=DMARC1; p=quarantine; rua=mailto:…"`,
  );
}

/** Mastodon takes an address only where its domain, or a host of its MX records, has an address itself (EmailMxValidator of 4.6). */
export async function recipients({ settings, outside }: Context): Promise<Finding> {
  const domains = [
    ...new Set(settings.administrators.map(({ email }) => email.slice(email.lastIndexOf('@') + 1))),
  ];
  for (const domain of domains) {
    if (!(await isReachable(domain, outside)))
      return bad(
        `${domain} has no MX record that leads to an address, and no address: Mastodon takes no account with e-mail there, and no alert arrives`,
        `Create the MX record where ${domain} is served, or set another address: administrators[].email`,
      );
  }
  return ok(`${domains.join(', ')} can get mail`);
}

async function isReachable(domain: string, outside: Outside): Promise<boolean> {
  const hosts = [domain, ...(await outside.mailServers(domain))];
  for (const host of hosts)
    if ((await outside.addresses(host)).length > 0 || (await outside.addresses6(host)).length > 0)
      return true;
  return false;
}

/** Mastodon's mail and the alerts go to the same relay by different programs: one that gets through proves nothing of the other. */
export const sends =
  (program: readonly string[]) =>
  async ({ settings, machine, sendsMail }: Context): Promise<Finding> => {
    const { smtp, administrators } = settings;
    if (!sendsMail) return { verdict: 'skipped', text: 'not sent' };
    try {
      await machine.run(['sudo', ...program], { input: 'ignore', output: 'text' });
    } catch {
      return bad(
        `${smtp.host}:${String(smtp.port)} took no message of ${smtp.from}`,
        'See above what it said: smtp.host, smtp.port (Civo blocks 25, 465 and 587), smtp.tls, smtp.authentication, smtp.user, smtp.password, smtp.from',
      );
    }
    return ok(
      `the relay took one for ${administrators.map(({ email }) => email).join(', ')}: see whether it arrives`,
    );
  };
