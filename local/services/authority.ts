import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Files of a server certificate, in PEM. */
export interface ServerCertificate {
  certificate: string;
  key: string;
}

/**
 * The certificate authority of a local cloud. It stands for the public ones: machines trust it, and it signs the
 * certificates of what the provider runs (object store, ACME endpoint, image registry).
 */
export interface Authority {
  /** Path of the authority's own certificate, `ca.pem`. */
  certificate: string;
  /**
   * Issues a certificate for `names` (host names and IPv4 addresses), in files called `name`.
   *
   * @param expired one that was good yesterday
   */
  issue(name: string, names: string[], expired?: boolean): Promise<ServerCertificate>;
  /**
   * Signs another authority's root certificate, given in PEM, and returns that: with it behind a certificate of the other, a client that
   * trusts this authority trusts the certificate.
   */
  crossSign(root: string): Promise<string>;
}

const DAYS = { authority: 3650, server: 397 };

/** Opens the authority in `folder`, and makes it if it isn't there. */
export async function openAuthority(folder: string): Promise<Authority> {
  const certificate = join(folder, 'ca.pem');
  const key = join(folder, 'ca.key');
  await mkdir(folder, { recursive: true });
  if (!existsSync(certificate) || !existsSync(key)) await makeAuthority(certificate, key);

  return {
    certificate,
    issue: async (name, names, expired = false) => {
      const issued = {
        certificate: join(folder, 'tls', `${name}.pem`),
        key: join(folder, 'tls', `${name}.key`),
      };
      await mkdir(join(folder, 'tls'), { recursive: true });
      if (await stillGood(issued, certificate, names)) return issued;
      await issueCertificate({ certificate, key }, issued, names, expired);
      return issued;
    },
    crossSign: (root) => crossSign({ certificate, key }, root),
  };
}

async function makeAuthority(certificate: string, key: string): Promise<void> {
  await makeKey(key);
  const subject = ['-subj', '/CN=Local Civo CA', '-days', String(DAYS.authority)];
  const extensions = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  await openssl(['req', '-x509', '-new', '-key', key, '-out', certificate, ...subject, ...extensions]);
}

async function issueCertificate(
  authority: ServerCertificate,
  issued: ServerCertificate,
  names: string[],
  expired: boolean,
): Promise<void> {
  const request = `${issued.certificate}.csr`;
  const extensions = `${issued.certificate}.ext`;
  await makeKey(issued.key);
  await openssl(['req', '-new', '-key', issued.key, '-subj', `/CN=${names[0] ?? ''}`, '-out', request]);
  await writeFile(
    extensions,
    [
      `subjectAltName=${names.map((name) => (isAddress(name) ? `IP:${name}` : `DNS:${name}`)).join(',')}`,
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      'extendedKeyUsage=serverAuth',
      'authorityKeyIdentifier=keyid',
    ].join('\n'),
  );
  const signer = ['-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial'];
  await openssl([
    ...['x509', '-req', '-in', request, '-out', issued.certificate, '-extfile', extensions],
    ...[...signer, '-days', String(expired ? -1 : DAYS.server), '-sha256'],
  ]);
  await Promise.all([rm(request), rm(extensions)]);
}

/** As Let's Encrypt's first root was signed by an older one: the same name and key, by another issuer. */
async function crossSign(authority: ServerCertificate, root: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cross-sign-'));
  try {
    const [given, extensions, signed] = ['root.pem', 'extensions', 'signed.pem'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await writeFile(given, root);
    // OpenSSL prints a heading, then the identifier.
    const printed = await openssl(['x509', '-in', given, '-noout', '-ext', 'subjectKeyIdentifier']);
    const identifier = printed.trim().split('\n').at(-1)?.trim() ?? '';
    await writeFile(
      extensions,
      [
        'basicConstraints=critical,CA:TRUE',
        'keyUsage=critical,keyCertSign,cRLSign',
        // The certificates below name it.
        `subjectKeyIdentifier=${identifier}`,
        'authorityKeyIdentifier=keyid',
      ].join('\n'),
    );
    const signer = ['-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial'];
    await openssl([
      ...['x509', '-in', given, '-out', signed, '-clrext', '-extfile', extensions],
      ...[...signer, '-days', String(DAYS.authority), '-sha256'],
    ]);
    return await readFile(signed, 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function stillGood(issued: ServerCertificate, authority: string, names: string[]): Promise<boolean> {
  if (!existsSync(issued.certificate) || !existsSync(issued.key)) return false;
  const certificate = new X509Certificate(await readFile(issued.certificate));
  const signer = new X509Certificate(await readFile(authority));
  const monthAhead = Date.now() + 30 * 24 * 3600 * 1000;
  return (
    certificate.verify(signer.publicKey) &&
    Date.parse(certificate.validTo) > monthAhead &&
    names.every(
      (name) => (isAddress(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined,
    )
  );
}

const isAddress = (name: string) => /^[\d.]+$/.test(name);

/** An ECDSA P-256 key that only its owner can read. */
async function makeKey(file: string): Promise<void> {
  await writeFile(file, '', { mode: 0o600 });
  await openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file]);
}

async function openssl(args: string[]): Promise<string> {
  try {
    return (await run('openssl', args)).stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new Error('The program openssl is missing. Install it: apt-get install openssl');
    throw new Error(`openssl ${args[0] ?? ''} failed: ${stderr?.trim() ?? String(error)}`);
  }
}
