// Before anything is drawn: the theme that the system asks for, now and when it changes.
{
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark', dark.matches);
  dark.addEventListener('change', follow);
  follow();
}
