/** What `bin/mastodon doctor` looks at, one after the other. */
import { randomBytes } from 'node:crypto';
import { messageOf } from '../../lib/message-of';
import { addressRecords } from '../../network/address-records';
import type { PlainSettings } from '../../settings/types';
import { apex } from './apex';
import { clock } from './clock';
import { bad, type Finding, ok, type Context, warning } from './finding';
import type { Answer, Outside } from './probe';
import { given } from '../lib/pulumi-cli';
import { dkim, dmarc, recipients, sends, spf } from './mail';
import { secondCopy } from './second-copy';
import { services } from './services';
import { authorityAllowed, otherAddresses } from './stray-records';

interface Check {
  readonly name: string;
  /** What it throws, such as a connection that is refused, is a bad finding too. */
  readonly run: (context: Context) => Promise<Finding>;
}

const DAY_MS = 24 * 3600 * 1000;
const ACTIVITY = 'application/activity+json';
const CIVO_SERVERS = ['ns0.civo.com', 'ns1.civo.com'];

const namesOf = ({ settings, address }: Context) => addressRecords(settings, address).map(({ host }) => host);

export async function nameServers({
  settings,
  outside,
}: {
  settings: Pick<PlainSettings, 'domain' | 'dns'>;
  outside: Outside;
}): Promise<Finding> {
  const found = (await outside.nameServers(settings.domain)).map((name) => name.toLowerCase()).sort();
  const servers = found.join(', ') || 'none of its own';
  if (settings.dns === 'external' || CIVO_SERVERS.every((name) => found.includes(name))) return ok(servers);
  return bad(
    `${settings.domain} is served by ${servers}; expected ${CIVO_SERVERS.join(' and ')}`,
    'Name these two where the domain is registered. If the zone is to stay where it is: pulumi config set dns external',
  );
}

async function addresses(context: Context): Promise<Finding> {
  const { settings, address, outside } = context;
  for (const name of namesOf(context)) {
    const found = await outside.addresses(name);
    if (found.length === 1 && found[0] === address) {
      const other = await otherAddresses(name, outside);
      if (other) return other;
      continue;
    }
    return bad(
      `${name} leads to ${found.join(', ') || 'no address'}; expected ${address} alone`,
      settings.dns === 'civo'
        ? 'pulumi up makes the record again; another one for the same name has to go, in Civo’s dashboard (DNS)'
        : `Create it where ${settings.domain} is served: ${name} A ${address}`,
    );
  }
  return ok(`${namesOf(context).join(', ')} lead to ${address}`);
}

async function reverseName(context: Context): Promise<Finding> {
  const [name] = await context.outside.namesOf(context.address).catch(() => []);
  if (name !== undefined && namesOf(context).includes(name)) return ok(name);
  return warning(
    `${context.address} is called ${name ?? 'nothing'}`,
    'It matters only to those who judge by it, as mail goes through the relay: Civo’s support sets it',
  );
}

/** certbot renews when a third of the lifetime is left. */
async function certificates(context: Context): Promise<Finding> {
  let first = Infinity;
  for (const name of namesOf(context)) {
    const { valid_from: from, valid_to: to } = await context.outside
      .certificate(name)
      .catch((error: unknown) => {
        throw new Error(
          `${name}: ${messageOf(error)}. On the machine "sudo converge" gets a certificate, ` +
            'from the authority of the setting acme.directory',
        );
      });
    const [begin, end] = [Date.parse(from), Date.parse(to)];
    first = Math.min(first, end);
    if (end - Date.now() < Math.min(20 * DAY_MS, ((end - begin) * 2) / 9)) {
      return bad(
        `${name}: it ends at ${to}, and should have been renewed`,
        'bin/mastodon logs watch, and journalctl -u certbot there',
      );
    }
  }
  return ok(`trusted, until ${new Date(first).toISOString()}`);
}

async function redirect({ settings, outside }: Context): Promise<Finding> {
  const { status, headers } = await outside.get(`http://${settings.webDomain}/about`);
  if (status === 301 && headers.location === `https://${settings.webDomain}/about`)
    return ok('leads to HTTPS');
  return bad(
    `http://${settings.webDomain}/about answers ${String(status)}`,
    'Port 80 must lead to this machine, for certificates too: is there a proxy in front of it?',
  );
}

async function web({ settings, outside }: Context): Promise<Finding> {
  const { webDomain, domain, apex: served } = settings;
  const { status } = await outside.get(`https://${webDomain}/health`);
  if (status !== 200)
    return bad(`/health answers ${String(status)}`, 'bin/mastodon status; bin/mastodon logs web');
  for (const name of new Set(served === 'here' ? [webDomain, domain] : [webDomain])) {
    const { headers } = await outside.get(`https://${name}/health`);
    if (headers['strict-transport-security'] === undefined) {
      return bad(
        `Strict-Transport-Security is missing at ${name}`,
        'Is there a proxy in front of it? Else: sudo converge',
      );
    }
  }
  return ok('answers, with HSTS');
}

/** The owner, as another server looks for a person: by `@name@domain`. */
async function findOwner({ settings, outside }: Context): Promise<string> {
  const [{ username }] = settings.administrators;
  const resource = `acct:${username}@${settings.domain}`;
  const url = `https://${settings.domain}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`;
  const answer = await outside.follow(url);
  if (answer.status !== 200)
    throw new Error(`${url} answers ${String(answer.status)}; ${webfingerRemedy(settings)}`);
  const { links = [] } = JSON.parse(answer.body) as {
    links?: { rel: string; type?: string; href?: string }[];
  };
  const self = links.find(({ rel, type }) => rel === 'self' && type === ACTIVITY)?.href;
  if (self === undefined) throw new Error(`${url} names no ActivityPub actor; ${webfingerRemedy(settings)}`);
  return self;
}

const webfingerRemedy = ({ domain, webDomain }: PlainSettings) =>
  domain === webDomain
    ? 'bin/mastodon logs web'
    : `whatever serves ${domain} must lead /.well-known/webfinger to ${webDomain}`;

async function webfinger(context: Context): Promise<Finding> {
  return ok(`finds ${await findOwner(context)}`);
}

async function federation(context: Context): Promise<Finding> {
  const url = await findOwner(context);
  const actor = await context.outside.get(url, { Accept: ACTIVITY });
  const type = actor.headers['content-type'] ?? 'nothing';
  if (actor.status !== 200 || !type.startsWith(ACTIVITY)) {
    return bad(
      `${url} answers ${String(actor.status)} with ${type}; expected ${ACTIVITY}`,
      'A proxy in front of it must pass the header Accept on; bin/mastodon logs web',
    );
  }
  const { id, inbox, publicKey } = JSON.parse(actor.body) as {
    id?: string;
    inbox?: string;
    publicKey?: { publicKeyPem?: string };
  };
  if (id !== url || !inbox?.startsWith('https://') || !publicKey?.publicKeyPem) {
    return bad(
      `the actor calls itself ${String(id)}, with the inbox ${String(inbox)}`,
      'domain and webDomain can’t change once people use them: set them back',
    );
  }
  return ok('the owner is an actor with an inbox and a key');
}

/** Without a token the streaming server refuses: by itself (no JSON) if the WebSocket got through to it. */
async function streaming({ settings, outside }: Context): Promise<Finding> {
  const base = `https://${settings.webDomain}/api/v1/streaming`;
  const health = await outside.get(`${base}/health`);
  if (health.body.trim() !== 'OK')
    return bad(`${base}/health answers ${String(health.status)}`, 'bin/mastodon logs streaming');
  const token = given('TOKEN');
  const { status, headers } = await outside.openSocket(
    `${base}?stream=user${token === undefined ? '' : `&access_token=${token}`}`,
  );
  const reached = status === 101 || (token === undefined && status === 401 && !isJson(headers));
  if (!reached)
    return bad(
      `a WebSocket is answered by ${String(status)}`,
      'A proxy in front of it must pass WebSockets on; bin/mastodon logs streaming',
    );
  return ok(status === 101 ? 'a WebSocket opens' : 'a WebSocket gets through (with TOKEN=… it is opened)');
}

const isJson = (headers: Answer['headers']) => (headers['content-type'] ?? '').includes('json');

/** An object is put into the bucket by the machine, and read from here. */
async function media({ settings, mediaBucket, outside, machine }: Context): Promise<Finding> {
  // The bucket's policy lets anyone read objects of this name.
  const key = `probe-${randomBytes(8).toString('hex')}`;
  const s3 = (...words: string[]) =>
    machine.run(['sudo', 's3cmd', '--config', '/etc/mastodon/s3cmd.conf', '--quiet', ...words], {
      input: 'ignore',
      output: 'text',
    });
  await s3('put', '/etc/hostname', `s3://${mediaBucket}/${key}`);
  try {
    const { status, headers } = await outside.get(`https://${settings.mediaDomain}/${key}`);
    if (status !== 200) {
      return bad(
        `https://${settings.mediaDomain}/${key} answers ${String(status)}`,
        'The bucket’s policy was not obeyed, or mediaDomain leads elsewhere: sudo converge',
      );
    }
    if (headers['access-control-allow-origin'] !== '*') {
      return bad(
        'Access-Control-Allow-Origin is missing',
        'Browsers then refuse media in the web app: is there a proxy in front of mediaDomain?',
      );
    }
    return ok('an object is stored, and read through the media host, with CORS');
  } finally {
    await s3('del', `s3://${mediaBucket}/${key}`);
  }
}

export const CHECKS: readonly Check[] = [
  { name: 'name servers', run: nameServers },
  { name: 'addresses', run: addresses },
  { name: 'CAA', run: (context) => authorityAllowed(namesOf(context), context) },
  { name: 'reverse name', run: reverseName },
  { name: 'certificates', run: certificates },
  { name: 'HTTP', run: redirect },
  { name: 'HTTPS', run: web },
  { name: 'clock', run: clock },
  { name: 'apex', run: apex },
  { name: 'webfinger', run: webfinger },
  { name: 'federation', run: federation },
  { name: 'streaming', run: streaming },
  { name: 'media', run: media },
  { name: 'second copy', run: secondCopy },
  { name: 'services', run: services },
  { name: 'recipients', run: recipients },
  { name: 'SPF', run: spf },
  { name: 'DKIM', run: dkim },
  { name: 'DMARC', run: dmarc },
  { name: 'mail', run: sends(['/usr/local/lib/mastodon/test-mail']) },
  { name: 'alerts', run: sends(['/usr/local/lib/mastodon/alert', 'test']) },
];
