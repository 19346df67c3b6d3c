import { recordedRuns } from '../suite/run';
import { compareTitles } from '../suite/titles';

describe('the titles of before and now', () => {
  const before = [
    { file: 'unit/a', titles: ['stays', 'moves', 'twice', 'twice'] },
    { file: 'unit/b', titles: ['stays'] },
  ];

  test('are all there, in the same file or another', () => {
    const now = [
      { file: 'unit/a', titles: ['stays', 'twice', 'twice'] },
      { file: 'unit/c', titles: ['new', 'moves'] },
      { file: 'unit/b', titles: ['stays'] },
    ];
    const { files, problems } = compareTitles(before, now, []);
    expect(problems).toEqual([]);
    expect(files[0]?.titles.every(({ isNew, movedFrom }) => !isNew && movedFrom === undefined)).toBe(true);
    expect(files[1]).toEqual({
      file: 'unit/c',
      titles: [
        { title: 'new', isNew: true },
        { title: 'moves', isNew: false, movedFrom: 'unit/a' },
      ],
    });
  });

  test('are told where one is lost, though it has a namesake', () => {
    const now = [{ file: 'unit/a', titles: ['stays', 'moves', 'twice'] }];
    expect(compareTitles(before, now, []).problems).toEqual([
      'unit/a: "twice" is gone; bring it back, or tell in __tests__/suite/renames.ts why',
      'unit/b: "stays" is gone; bring it back, or tell in __tests__/suite/renames.ts why',
    ]);
  });

  test('may differ where the table says so', () => {
    const now = [{ file: 'unit/a', titles: ['stays', 'moves', 'twice', 'twice, and again'] }];
    const renames = [
      { file: 'unit/a', before: 'twice', now: ['twice, and again'], reason: 'it said less' },
      { file: 'unit/b', before: 'stays', reason: 'the same as that of unit/a' },
    ];
    const { files, explained, problems } = compareTitles(before, now, renames);
    expect(problems).toEqual([]);
    expect(explained).toEqual(renames);
    expect(files[0]?.titles[3]).toEqual({
      title: 'twice, and again',
      isNew: false,
      renamed: [renames[0]],
    });
  });

  test('hold the table to what there is', () => {
    const renames = [
      { file: 'unit/a', before: 'moves', reason: 'none' },
      { file: 'unit/b', before: 'stays', now: ['nowhere'], reason: 'none' },
    ];
    const now = [{ file: 'unit/a', titles: ['stays', 'moves', 'twice', 'twice'] }];
    expect(compareTitles(before, now, renames).problems).toEqual([
      'renames.ts: "moves" of unit/a is not gone, or never was',
      'renames.ts: there is no test "nowhere", which "stays" is to be now',
    ]);
  });
});

test('no test of the recorded suite of before is lost in the recorded suite of now', () => {
  const { before, now } = recordedRuns();
  if (before && now) expect(compareTitles(before.files, now.files).problems).toEqual([]);
});
