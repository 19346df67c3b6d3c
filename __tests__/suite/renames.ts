/** A test of the recorded suite of before that has another title now, or is gone. */
export interface Rename {
  /** The file that it was in, such as `machine/day2`. */
  file: string;
  /** Its full title: of its groups and its own, as docs/testing.md has it. */
  before: string;
  /** The full titles of what keeps its promise now; none if it was removed. */
  now?: readonly string[];
  /** Why, and if it was removed, what keeps the promise. */
  reason: string;
}

/** What no longer has the title that it had. Without an entry here, a title that is gone is an error. */
export const RENAMES: readonly Rename[] = [
  {
    file: 'unit/settings',
    before: 'settings refuse a hardware-backed key',
    now: [
      'a hardware-backed key of the type ED25519 is accepted, and has the fingerprint that ssh-keygen tells',
      'a hardware-backed key of the type ECDSA is accepted, and has the fingerprint that ssh-keygen tells',
    ],
    reason:
      'Hardware-backed keys are accepted now; a certificate is what is refused as a type that nothing here can look into.',
  },
];
