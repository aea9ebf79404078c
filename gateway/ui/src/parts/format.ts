/** Numbers, shares and times as people read them. */

const whole = new Intl.NumberFormat('en-US');

export const number = (value: number): string => whole.format(value);

/** A share as a percentage: two digits that matter, and never 0% or 100% for nearly so. */
export function percent(part: number, total: number): string {
  if (!total || !part) return '0%';
  const share = (part / total) * 100;
  if (share < 0.01) return '<0.01%';
  if (share > 99.9 && part < total) return '>99.9%';
  const digits = share < 1 ? 2 : share < 10 || share >= 99.5 ? 1 : 0;
  return `${share.toFixed(digits).replace(/\.0$/, '')}%`;
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

/** A day as "1 Jan 2018", in the given zone. */
export const day = (at: string | Date, zone = 'UTC'): string =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: zone,
  }).format(new Date(at));

/** A minute as "1 Jan 2018, 09:30", in the given zone. */
export const moment = (at: string | Date, zone = 'UTC'): string =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
  }).format(new Date(at));

/** "start/end" as a range of moments; the text itself when it is no such pair. */
export function range(pair: string, zone = 'UTC'): string {
  const [from, to] = pair.split('/');
  const known = (text?: string) => text && !Number.isNaN(Date.parse(text));
  if (known(from) && known(to)) return `${moment(from!, zone)} to ${moment(to!, zone)}`;
  if (known(from)) return `from ${moment(from!, zone)}`;
  if (known(to)) return `until ${moment(to!, zone)}`;
  return pair;
}
