import { z } from 'zod';
import { remedy } from '../lib/nearest';
import { usernameProblem } from '../settings/formats';
import type { Folder } from './folder';
import { PERMISSIONS } from './permissions';
import { type Entry, type Problems, refuseTwins } from './problems';
import type { Member, Role } from './types';
import { readYaml } from './yaml-file';

export const TEAM = 'team.yaml';

/** Mastodon's own roles, with their positions. */
const OWN_ROLES: Readonly<Record<string, number>> = { Owner: 1_000, Admin: 100, Moderator: 10 };

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/** Codes as Mastodon writes them: `de`, `pt-BR`. */
export function languageProblem(code: string): string | undefined {
  const known = /^[a-z]{2,3}(-[A-Za-z]{2,4})?$/.test(code) && languageNames.of(code) !== undefined;
  return known ? undefined : `"${code}" is no language; expected a code such as de or pt-BR`;
}

const checked = (check: (text: string) => string | undefined, expected: string) =>
  z.string(expected).superRefine((text, context) => {
    const problem = check(text);
    if (problem) context.addIssue({ code: 'custom', message: `"${text}": ${problem}` });
  });

/** UserRole::POSITION_LIMIT */
const HIGHEST = 2 ** 31 - 1;

/** Mastodon takes far more than settings do; the address only travels as data. */
const addressProblem = (text: string) =>
  /^[^\s@<>]+@[^\s@<>]+$/.test(text) ? undefined : 'expected an e-mail address such as alice@example.social';

const SCHEMA = z.strictObject({
  people: z.array(
    z.strictObject({
      username: checked(usernameProblem, 'expected a Mastodon username'),
      email: checked(addressProblem, 'expected an e-mail address'),
      role: z.string('expected Owner, Admin, Moderator or one of the roles below'),
      languages: z.array(z.string('expected a code such as de')).default([]),
    }),
    'expected a list of people, each with username, email and role',
  ),
  roles: z
    .array(
      z.strictObject({
        name: z.string('expected the name of the role').min(1, 'expected the name of the role'),
        permissions: z.array(z.string(), 'expected a list such as [manage_reports, view_dashboard]'),
        position: z
          .int('expected a whole number: who stands higher acts on who stands lower')
          .min(-HIGHEST, `expected at least -${String(HIGHEST)}`)
          .max(HIGHEST, `expected at most ${String(HIGHEST)}`),
        color: z
          .string("expected a color such as '#6364ff', in quotes")
          .regex(/^(#?([0-9a-f]{3}){1,2})?$/i, "expected a color such as '#6364ff'")
          .optional(),
        highlighted: z.boolean('expected true or false').optional(),
        require_2fa: z.boolean('expected true or false').optional(),
      }),
    )
    .default([]),
});

/** The people who run the server, and their roles. */
export function team(folder: Folder, problems: Problems) {
  const text = folder.text(TEAM);
  if (text === undefined) {
    problems.refuse({ file: TEAM, line: 1 }, 'is missing: without it no account would run the server');
    return undefined;
  }
  const file = readYaml(TEAM, text, SCHEMA, problems);
  if (!file) return undefined;
  const roles = file.value.roles.map(({ require_2fa: require2fa, ...role }, i): Entry<Role> => {
    const place = file.place('roles', i, 'name');
    role.permissions.forEach((permission, j) => {
      if ((PERMISSIONS as readonly string[]).includes(permission)) return;
      const message = `${permission} is no permission; ${remedy(permission, PERMISSIONS)}`;
      problems.refuse(file.place('roles', i, 'permissions', j), message);
    });
    if (role.position < 1)
      problems.warn(
        place,
        `${role.name} has the position ${String(role.position)}, below everybody with an account`,
      );
    if (role.position >= 1000)
      problems.warn(
        place,
        `${role.name} has the position ${String(role.position)}, as high as the Owner or higher`,
      );
    if (Object.hasOwn(OWN_ROLES, role.name))
      problems.refuse(place, `${role.name} is Mastodon's own; choose another name`);
    return { value: { ...role, ...(require2fa !== undefined && { require2fa }) }, place };
  });
  const people = file.value.people.map((value, i): Entry<Member> => {
    value.languages.forEach((code, j) => {
      const problem = languageProblem(code);
      if (problem) problems.refuse(file.place('people', i, 'languages', j), problem);
    });
    return { value, place: file.place('people', i, 'username') };
  });
  judgeTeam(people, roles, problems);
  return { people, roles };
}

function judgeTeam(
  people: readonly Entry<Member>[],
  roles: readonly Entry<Role>[],
  problems: Problems,
): void {
  refuseTwins(problems, roles, ({ name }) => name);
  refuseTwins(problems, people, ({ username }) => username.toLowerCase());
  refuseTwins(problems, people, ({ email }) => email.toLowerCase());
  const known = [...Object.keys(OWN_ROLES), ...roles.map(({ value }) => value.name)];
  for (const { value, place } of people) {
    if (!known.includes(value.role)) {
      problems.refuse(
        place,
        `the role ${value.role} of ${value.username} is unknown; ${remedy(value.role, known)}`,
      );
    }
  }
  const leaders = people.filter(({ value }) => isLeader(value));
  if (leaders.length < 2) {
    problems.refuse(
      { file: TEAM, line: 1 },
      `has ${String(leaders.length)} of at least 2 people who are Owner or Admin: one alone can lock everybody out`,
    );
  }
}

export const isLeader = ({ role }: Pick<Member, 'role'>) => ['Owner', 'Admin'].includes(role);
