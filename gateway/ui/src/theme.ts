/** The kit's theme: our red, our type, and text colours that keep WCAG AA contrast. */

import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const cardinal: MantineColorsTuple = [
  '#fff0f3',
  '#fbdde3',
  '#f2b8c4',
  '#ea8fa3',
  '#e26c86',
  '#dd5674',
  '#c9264d',
  '#b3163a',
  '#9d0f33',
  '#86052a',
];

const FONT = "'Inter Variable', system-ui, sans-serif";

export const theme = createTheme({
  primaryColor: 'cardinal',
  primaryShade: { light: 7, dark: 6 },
  colors: { cardinal },
  defaultRadius: 'md',
  fontFamily: FONT,
  headings: { fontFamily: FONT, fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** The kit's own dimmed text is under the 4.5:1 that small text needs. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c5f66',
    '--mantine-color-placeholder': '#6b6e76',
    '--mantine-color-cardinal-light': '#fdeef1',
    '--mantine-color-cardinal-light-hover': '#fbe1e7',
    '--mantine-color-cardinal-light-color': '#9d0f33',
  },
  dark: {
    '--mantine-color-dimmed': '#a6a7ab',
    '--mantine-color-placeholder': '#93959b',
    '--mantine-color-cardinal-light': '#371a22',
    '--mantine-color-cardinal-light-hover': '#44202a',
    '--mantine-color-cardinal-light-color': '#f5a9ba',
  },
});
