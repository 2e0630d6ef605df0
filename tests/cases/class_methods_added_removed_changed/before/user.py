from m import Savings as Plan
