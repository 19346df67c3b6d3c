import * as checks from './checks';
import { Check, Findings } from './findings';
import { sshKeyFingerprint, sshKeyProblem } from './sshKey';
import { Administrator } from './types';

/** Accounts and groups of Debian 13, Ubuntu 24.04 and the packages on the machine: `useradd` fails on either. */
const TAKEN = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy backup list irc nobody nogroup sshd redis postgres ' +
    'mastodon deploy civo debian ubuntu admin administrators sudo certbot syslog messagebus www-data polkitd dhcpcd ' +
    'adm tty disk kmem dialout fax voice cdrom floppy tape audio video dip operator src shadow utmp sasl plugdev ' +
    'staff users crontab input sgx kvm render netdev lxd rdma ssl-cert landscape pollinate tcpdump tss usbmux ' +
    'uuidd fwupd-refresh'
  ).split(' '),
);

const accountProblem: Check<string> = (name) => {
  if (!/^[a-z][a-z0-9_-]{0,30}$/.test(name)) {
    return 'expected a Unix account: a small letter, then at most 30 small letters, digits, - and _';
  }
  return TAKEN.has(name) || name.startsWith('systemd-')
    ? 'is an account or a group that the machine has itself; choose another'
    : undefined;
};

/** The people who may log in; the first one owns the Mastodon server. */
export function judgeAdministrators(
  findings: Findings,
  raw: Readonly<Record<string, unknown>>,
): readonly Administrator[] {
  const given = findings.list(
    raw,
    '',
    'administrators',
    'a list of people, each with name, email and sshKey',
  );
  if (Array.isArray(raw.administrators ?? []) && given.length < 2) {
    findings.refuse(
      'administrators',
      undefined,
      `has ${String(given.length)} of at least 2 people: one alone can lock everybody out`,
    );
  }
  const people = given.map((_, i) => judgeAdministrator(findings, `administrators[${String(i)}]`, given[i]));
  refuseTwins(
    findings,
    'name',
    people.map(({ name }) => name),
  );
  refuseTwins(
    findings,
    'email',
    people.map(({ email }) => email.toLowerCase()),
  );
  refuseTwins(
    findings,
    'sshKey',
    people.map(({ sshKey }) => sshKeyFingerprint(sshKey) ?? ''),
  );
  return people;
}

function judgeAdministrator(findings: Findings, path: string, given: unknown): Administrator {
  const fields = findings.object({ [path]: given }, '', path, ['name', 'username', 'email', 'sshKey']);
  const name = findings.text(fields, path, 'name', accountProblem);
  return {
    name,
    // Without a valid name there is nothing to derive the username from, and the name's own problem is enough.
    username:
      name === '' && fields.username === undefined
        ? ''
        : findings.text(
            fields,
            path,
            'username',
            checks.usernameProblem,
            name.replaceAll('-', '_').slice(0, 30),
          ),
    email: findings.text(fields, path, 'email', checks.emailProblem),
    sshKey: judgeSshKey(findings, `${path}.sshKey`, fields.sshKey),
  };
}

/** What was given is never repeated: it may be a private key, pasted by mistake. */
function judgeSshKey(findings: Findings, path: string, given: unknown): string {
  const text = typeof given === 'string' ? given.trim() : '';
  const problem = text === '' ? 'is missing: expected an SSH public key' : sshKeyProblem(text);
  if (problem) findings.refuse(path, undefined, problem);
  return problem ? '' : text;
}

/** Refuses what two people have in common; empty values were refused before. */
function refuseTwins(findings: Findings, key: string, values: readonly string[]): void {
  values.forEach((value, i) => {
    const first = values.indexOf(value);
    if (value !== '' && first < i) {
      findings.refuse(
        `administrators[${String(i)}].${key}`,
        value,
        `is also administrators[${String(first)}]'s; each has their own`,
      );
    }
  });
}
