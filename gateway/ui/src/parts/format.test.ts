import { describe, expect, it } from 'vitest';
import { day, number, percent, plural, range } from './format';

describe('what people read', () => {
  it.each([
    [0, 100, '0%'],
    [1, 100_000, '<0.01%'],
    [5, 1000, '0.50%'],
    [25, 1000, '2.5%'],
    [2, 100, '2%'],
    [335, 1000, '34%'],
    [9_999, 10_000, '>99.9%'],
    [997, 1000, '99.7%'],
    [5, 5, '100%'],
    [3, 0, '0%'],
  ])('%d of %d is %s', (part, total, text) => {
    expect(percent(part, total)).toBe(text);
  });
  it('groups digits and counts things', () => {
    expect(number(1_234_567)).toBe('1,234,567');
    expect(plural(1, 'record')).toBe('1 record');
    expect(plural(2_000, 'record')).toBe('2,000 records');
  });
  it('says times in the zone of the dataset', () => {
    expect(day('2017-12-31T23:30:00Z', 'Europe/Berlin')).toBe('1 Jan 2018');
    expect(range('2017-12-02T00:00:00Z/2018-01-01T00:00:00Z')).toBe(
      '2 Dec 2017, 00:00 to 1 Jan 2018, 00:00',
    );
    expect(range('2017-12-02T00:00:00Z/')).toBe('from 2 Dec 2017, 00:00');
    expect(range('/2017-12-02T00:00:00Z')).toBe('until 2 Dec 2017, 00:00');
    expect(range('always')).toBe('always');
  });
});
