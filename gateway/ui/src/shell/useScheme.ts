/** Light or dark: the system's choice until the person makes one. */

import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';

export function useScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  return { scheme, flip: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark') };
}
