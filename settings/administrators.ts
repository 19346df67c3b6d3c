/** The people who may log in to the machine. */
import { z } from 'zod';
import { type Check, emailProblem, usernameProblem } from './formats';
import { checked, text } from './kinds';
import type { Problem } from './problem';
import { sshKeyFingerprint, sshKeyProblem } from './ssh-key';

/** Accounts and groups of Debian 13, Ubuntu 24.04 and the packages on the machine: `useradd` fails on either. */
const TAKEN = new Set(
  (
    'root,daemon,bin,sys,sync,games,man,lp,mail,news,uucp,proxy,backup,list,irc,nobody,nogroup,sshd,redis,' +
    'postgres,mastodon,deploy,civo,debian,ubuntu,admin,administrators,sudo,certbot,syslog,messagebus,www-data,' +
    'polkitd,dhcpcd,adm,tty,disk,kmem,dialout,fax,voice,cdrom,floppy,tape,audio,video,dip,operator,src,shadow,' +
    'utmp,sasl,plugdev,staff,users,crontab,input,sgx,kvm,render,netdev,lxd,rdma,ssl-cert,landscape,pollinate,' +
    'tcpdump,tss,usbmux,uuidd,fwupd-refresh'
  ).split(','),
);

const accountProblem: Check<string> = (name) => {
  if (!/^[a-z][a-z0-9_-]{0,30}$/.test(name)) {
    return 'expected a Unix account: a small letter, then at most 30 small letters, digits, - and _';
  }
  return TAKEN.has(name) || name.startsWith('systemd-')
    ? 'is an account or a group that the machine has itself; choose another'
    : undefined;
};

const NO_KEY = 'is missing: expected an SSH public key';

const person = z.strictObject({
  name: text(accountProblem).meta({
    description: 'Unix account on the machine.',
    examples: ['alice'],
    prompt: 'Unix account, such as alice',
  }),
  username: text(usernameProblem).optional().meta({
    description: "Mastodon account. Only the first administrator's is created, as the owner's.",
    derived: '`name`, with `_` in place of `-`',
  }),
  email: text(emailProblem).meta({
    description: "E-mail address. The first administrator's is the owner's login.",
    examples: ['alice@example.social'],
    prompt: 'e-mail address',
  }),
  sshKey: checked(z.string(NO_KEY).trim().min(1, { error: NO_KEY, abort: true }), sshKeyProblem).meta({
    description:
      "SSH public key in OpenSSH's format: ED25519 or ECDSA, also of a hardware key, or RSA of at least 3072 bits.",
    prompt: 'SSH public key, or the file that holds it',
    // A private key may have been pasted by mistake.
    confidential: true,
  }),
});

type Person = z.output<typeof person>;

export const administrators = z
  .array(person, 'expected a list of people, each with name, email and sshKey')
  .min(2, {
    error: ({ input }) =>
      `has ${String((input as unknown[]).length)} of at least 2 people: one alone can lock everybody out`,
  })
  .prefault([])
  .meta({
    description: 'At least two people who may log in to the machine. The first one owns the Mastodon server.',
  });

/** Without a valid name there is nothing to derive the username from. */
export const withUsername = (one: Person) => ({
  ...one,
  username: one.username ?? one.name.replaceAll('-', '_').slice(0, 30),
});

/** Values that two people have in common. */
export function sharedValues(people: readonly Person[]): Problem[] {
  return [
    ...shared(
      'name',
      people.map(({ name }) => name),
    ),
    ...shared(
      'email',
      people.map(({ email }) => email.toLowerCase()),
    ),
    ...shared(
      'sshKey',
      people.map(({ sshKey }) => sshKeyFingerprint(sshKey) ?? ''),
    ),
  ];
}

function shared(key: keyof Person, values: readonly string[]): Problem[] {
  return values.flatMap((value, i) => {
    const first = values.indexOf(value);
    if (value === '' || first === i) return [];
    const text = `is also administrators[${String(first)}]'s; each has their own`;
    return [{ path: `administrators[${String(i)}].${key}`, value, text }];
  });
}
