"""Who is who, where and when: partnerships, organisations, teams, people and their dated appointments."""
