/** A real slapd of the distribution, with two people in it and TLS from the first byte. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianPackage } from '../debian-program';
import { freePort } from '../free-endpoint';
import { startServer } from '../server-process';

export const BASE = 'dc=example,dc=net';
export const BIND = { dn: `cn=mastodon,${BASE}`, password: 'hush "of" \\LDAP: #1' };

const PEOPLE = `
dn: ${BASE}
objectClass: dcObject
objectClass: organization
o: School
dc: example

dn: uid=alice,${BASE}
objectClass: inetOrgPerson
uid: alice
cn: alice
sn: Alice
mail: alice@example.net
userPassword: wonderland
`;

interface Slapd {
  /** Of the TLS from the first byte, and of the one that begins later. */
  readonly ports: { readonly tls: number; readonly starttls: number };
  readonly stop: () => Promise<void>;
}

export async function startSlapd(folder: string, tls: { certificate: string; key: string }): Promise<Slapd> {
  const files = await debianPackage('slapd', { libraries: true });
  const library = join(files, 'usr/lib');
  const libraries = [library, ...readdirSync(library).map((name) => join(library, name))].join(':');
  const env = { ...process.env, LD_LIBRARY_PATH: libraries };
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const config = join(folder, 'slapd.conf');
  // back-ldif is part of the program: no module has to be loaded.
  writeFileSync(
    config,
    [
      ...['core', 'cosine', 'inetorgperson'].map((name) => `include ${files}/etc/ldap/schema/${name}.schema`),
      `TLSCertificateFile ${tls.certificate}`,
      `TLSCertificateKeyFile ${tls.key}`,
      'database ldif',
      `suffix "${BASE}"`,
      `directory ${data}`,
      `rootdn "${BIND.dn}"`,
      `rootpw "${BIND.password.replaceAll(/["\\]/g, '\\$&')}"`,
      'access to attrs=userPassword by anonymous auth by * none',
      'access to * by anonymous auth by users read',
      '',
    ].join('\n'),
  );
  const program = join(files, 'usr/sbin/slapd');
  execFileSync(program, ['-Tadd', '-f', config], { env, input: PEOPLE, stdio: ['pipe', 'pipe', 'pipe'] });
  const ports = { tls: await freePort(), starttls: await freePort() };
  const urls = `ldaps://127.0.0.1:${String(ports.tls)} ldap://127.0.0.1:${String(ports.starttls)}`;
  const command = [program, '-f', config, '-h', urls, '-d', '0'];
  const { stop } = await startServer('slapd', command, Object.values(ports), env);
  return { ports, stop };
}
