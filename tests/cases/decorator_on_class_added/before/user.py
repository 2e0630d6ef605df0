from m import Page
