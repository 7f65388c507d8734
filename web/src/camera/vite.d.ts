/** Vite builds it as a script of its own and gives its address. */
declare module '*?worker&url' {
  const address: string
  export default address
}

/** Vite gathers these into the page's style sheet. */
declare module '*.css'
